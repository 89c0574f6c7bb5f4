-- Set a macro at a node from an instant on.
-- One row.
INSERT INTO numbers.macro (name, hierarchy, value, valid_from, set_by)
VALUES (:name, :hierarchy, :value, :valid_from, :set_by)
