-- The hierarchy nodes at and below one, or all of them.
-- One row per node, each behind those above it.
SELECT
    h.hierarchy,
    h.parent,
    h.type,
    h.description,
    h.created_at,
    h.created_by
FROM numbers.hierarchy_node AS h
WHERE CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(h.hierarchy, :hierarchy)
ORDER BY h.hierarchy
