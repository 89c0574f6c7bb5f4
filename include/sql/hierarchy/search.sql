-- The hierarchy nodes whose path or description has a text, those nearest to the top first.
-- One row per node.
SELECT
    h.hierarchy,
    h.type,
    h.description
FROM numbers.hierarchy_node AS h
WHERE
    (CAST(:within AS text) IS NULL OR numbers.at_or_below(h.hierarchy, :within))
    AND strpos(lower(concat(h.hierarchy, ' ', h.description)), lower(:sought)) > 0
ORDER BY length(h.hierarchy) ASC, h.hierarchy ASC
LIMIT :page_length
