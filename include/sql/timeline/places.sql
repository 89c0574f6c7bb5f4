-- The places of a connection.
-- One row per place.
SELECT
    l.place_id,
    l.node,
    l.ip_group,
    l.hierarchy
FROM numbers.place AS l
WHERE l.connection_id = :connection_id
