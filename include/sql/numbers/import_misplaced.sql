-- Remove from an import what is at a node that the inventory does not have.
-- One row per row removed: its line and node.
DELETE FROM import_row AS f
WHERE
    NOT EXISTS (
        SELECT FROM numbers.hierarchy_node AS h
        WHERE h.hierarchy = f.hierarchy
    )
RETURNING f.line, f.hierarchy
