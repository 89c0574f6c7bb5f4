-- A hierarchy node, and its version: another one after every change.
-- One row or none.
SELECT
    h.hierarchy,
    h.parent,
    h.type,
    h.description,
    h.created_at,
    h.created_by,
    concat('node-', h.xmin) AS version
FROM numbers.hierarchy_node AS h
WHERE h.hierarchy = :hierarchy
