-- Remove from an import what the inventory has already, as given.
-- One row per row removed.
DELETE FROM import_row AS f
USING numbers.number AS n
WHERE f.internal_number = n.internal_number AND f.hierarchy = n.hierarchy
