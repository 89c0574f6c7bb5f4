-- Delete a hierarchy node that nothing is at any more.
-- One row or none.
DELETE FROM numbers.hierarchy_node
WHERE hierarchy = :hierarchy
