-- Find or make a place.
-- One row, its id.
WITH made AS (
    INSERT INTO numbers.place (connection_id, node, ip_group, hierarchy)
    VALUES (:connection_id, :node, :ip_group, :hierarchy)
    ON CONFLICT (connection_id, node, ip_group, hierarchy) DO NOTHING
    RETURNING place_id
)

SELECT m.place_id FROM made AS m
UNION ALL
SELECT l.place_id
FROM numbers.place AS l
WHERE
    l.connection_id = :connection_id
    AND l.node = :node
    AND l.ip_group = :ip_group
    AND l.hierarchy = :hierarchy
