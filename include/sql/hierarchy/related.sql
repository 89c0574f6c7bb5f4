-- The nodes above and below a hierarchy node that somebody has classed.
-- One row per node, by its path.
SELECT
    h.hierarchy,
    h.type
FROM numbers.hierarchy_node AS h
WHERE
    numbers.related(h.hierarchy, :hierarchy)
    AND h.hierarchy <> :hierarchy
    AND h.type <> 'intermediate'
ORDER BY h.hierarchy
