-- Lock the numbers of a wish until the transaction ends, in the order in which everybody does; of
-- whole numbers every row, wherever it is. The statement that judges them comes after the wait, and
-- sees what was done meanwhile.
-- One row, with how many there are.
WITH wish AS MATERIALIZED (
    SELECT w.internal_number
    FROM numbers.wished(
        CAST(:numbers AS text[]), CAST(:firsts AS text[]), CAST(:lasts AS text[])
    ) AS w
),

locked AS MATERIALIZED (
    SELECT n.number_id
    FROM numbers.number AS n
    INNER JOIN wish AS w ON n.internal_number = w.internal_number
    WHERE
        starts_with(n.internal_number, '+')
        OR (CAST(:hierarchy AS text) IS NULL OR numbers.related(n.hierarchy, :hierarchy))
        AND (
            CAST(:user_limit AS text) IS NULL OR numbers.at_or_below(n.hierarchy, :user_limit)
        )
    ORDER BY n.number_id
    FOR UPDATE OF n
)

SELECT count(*) AS numbers
FROM locked
