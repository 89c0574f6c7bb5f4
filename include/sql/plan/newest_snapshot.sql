-- The newest list of a connection, and the last plan that was made from it.
-- One row or none.
SELECT
    s.snapshot_id,
    s.as_of,
    s.kind,
    c.hierarchy,
    (
        SELECT max(p.plan_id)
        FROM numbers.plan AS p
        WHERE p.snapshot_id = s.snapshot_id
    ) AS plan_id
FROM numbers.snapshot AS s
INNER JOIN numbers.connection AS c ON s.connection_id = c.connection_id
WHERE s.connection_id = :connection_id
ORDER BY s.as_of DESC
LIMIT 1
