-- Say what a hierarchy node is.
-- One row or none.
UPDATE numbers.hierarchy_node
SET type = :type, description = CAST(:description AS text)
WHERE hierarchy = :hierarchy
RETURNING hierarchy
