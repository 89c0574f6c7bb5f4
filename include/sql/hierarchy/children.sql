-- The hierarchy nodes right below one, or those that nothing is above.
-- One row per node.
SELECT
    h.hierarchy,
    h.type,
    h.description
FROM numbers.hierarchy_node AS h
WHERE
    h.parent = CAST(:hierarchy AS text)
    OR (CAST(:hierarchy AS text) IS NULL AND h.parent IS NULL)
ORDER BY h.hierarchy
LIMIT :page_length
