-- The nodes that an import makes: those of its rows that are missing, with those above them.
-- One row per node, the top first.
SELECT DISTINCT p.node
FROM (SELECT DISTINCT f.hierarchy FROM import_row AS f) AS given
CROSS JOIN unnest(numbers.hierarchy_path(given.hierarchy)) AS p (node)
WHERE
    NOT EXISTS (
        SELECT FROM numbers.hierarchy_node AS h
        WHERE h.hierarchy = p.node
    )
ORDER BY p.node
