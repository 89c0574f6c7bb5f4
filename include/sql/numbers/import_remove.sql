-- Remove rows from an import.
-- One row per line.
DELETE FROM import_row
WHERE line = ANY(CAST(:lines AS integer[]))
