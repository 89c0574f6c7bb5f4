-- The newest list of a connection.
-- One row or none.
SELECT
    s.snapshot_id,
    s.as_of,
    c.hierarchy
FROM numbers.snapshot AS s
INNER JOIN numbers.connection AS c ON s.connection_id = c.connection_id
WHERE s.connection_id = :connection_id
ORDER BY s.as_of DESC
LIMIT 1
