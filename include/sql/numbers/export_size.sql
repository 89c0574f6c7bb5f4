-- What is in an export: its size, and which extras its numbers have.
-- One row: the extras are in their order, the second before the tenth.
SELECT
    count(*) AS numbers,
    (
        SELECT array_agg(e.name ORDER BY length(e.name), e.name)
        FROM (
            SELECT DISTINCT jsonb_object_keys(n.extra) AS name
            FROM numbers.number AS n
            WHERE
                n.extra IS NOT NULL
                AND (CAST(:status AS text) IS NULL OR n.status = :status)
                AND (
                    CAST(:hierarchy AS text) IS NULL
                    OR numbers.at_or_below(n.hierarchy, :hierarchy)
                )
        ) AS e
    ) AS extras
FROM numbers.number AS n
WHERE
    (CAST(:status AS text) IS NULL OR n.status = :status)
    AND (CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(n.hierarchy, :hierarchy))
