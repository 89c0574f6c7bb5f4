-- Connections whose newest list no plan has judged yet: it is no evidence until one has.
-- One row per connection, in the order in which they were read.
SELECT
    c.name,
    n.as_of
FROM numbers.connection AS c
CROSS JOIN
    LATERAL (
        SELECT
            s.snapshot_id,
            s.as_of,
            s.kind
        FROM numbers.snapshot AS s
        WHERE s.connection_id = c.connection_id
        ORDER BY s.as_of DESC
        LIMIT 1
    ) AS n
WHERE
    c.purged_at IS NULL
    AND NOT EXISTS (
        SELECT FROM numbers.plan AS p
        WHERE p.snapshot_id = n.snapshot_id
    )
ORDER BY n.as_of, c.connection_id
