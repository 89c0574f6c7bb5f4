-- End the value of a macro at a node, where another takes its place.
-- One row or none.
UPDATE numbers.macro
SET valid_to = :valid_from
WHERE name = :name AND hierarchy = :hierarchy AND valid_to IS NULL
