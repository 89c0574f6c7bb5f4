-- The open holds of a connection.
-- One row per hold.
SELECT
    h.node,
    h.reason,
    h.since
FROM numbers.hold AS h
WHERE h.connection_id = :connection_id AND h.until IS NULL
ORDER BY h.hold_id
