-- Remove from an import what is at a node that the inventory does not have; where nodes are made,
-- only what is below a site.
-- One row per row removed: its line and node, and the site.
WITH placed AS (
    SELECT
        g.hierarchy,
        (
            SELECT h.hierarchy
            FROM numbers.hierarchy_node AS h
            WHERE
                h.hierarchy = ANY(numbers.hierarchy_path(g.hierarchy))
                AND h.hierarchy <> g.hierarchy
                AND h.type = 'site'
            ORDER BY h.hierarchy
            LIMIT 1
        ) AS site
    FROM (SELECT DISTINCT f.hierarchy FROM import_row AS f) AS g
    WHERE
        NOT EXISTS (
            SELECT FROM numbers.hierarchy_node AS h
            WHERE h.hierarchy = g.hierarchy
        )
)

DELETE FROM import_row AS f
USING placed AS p
WHERE f.hierarchy = p.hierarchy AND (p.site IS NOT NULL OR NOT :make_nodes)
RETURNING
    f.line,
    f.hierarchy,
    p.site
