-- Lock the other rows of whole numbers that were taken, in the order in which everybody does. It
-- comes after the taking, and sees what others have done with them meanwhile.
-- One row, with how many of them are not Available.
WITH locked AS MATERIALIZED (
    SELECT n.status
    FROM numbers.number AS n
    INNER JOIN
        unnest(CAST(:numbers AS text[]), CAST(:hierarchies AS text[])) AS t (
            internal_number, hierarchy
        )
        ON n.internal_number = t.internal_number AND n.hierarchy <> t.hierarchy
    WHERE starts_with(n.internal_number, '+')
    ORDER BY n.number_id
    FOR UPDATE OF n
)

SELECT count(*) AS numbers
FROM locked AS l
WHERE l.status <> 'Available'
