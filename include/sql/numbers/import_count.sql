-- How many numbers an import would add.
-- One row.
SELECT count(*) FROM import_row
