-- Connections that have been read.
-- One row per connection.
SELECT c.name
FROM numbers.connection AS c
WHERE
    EXISTS (
        SELECT FROM numbers.snapshot AS s
        WHERE s.connection_id = c.connection_id
    )
ORDER BY c.name
