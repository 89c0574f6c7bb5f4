-- End the value of a macro at a node, where another takes its place, or where it is cleared.
-- One row or none.
UPDATE numbers.macro
SET valid_to = :valid_from, ended_by = :set_by
WHERE name = :name AND hierarchy = :hierarchy AND valid_to IS NULL
