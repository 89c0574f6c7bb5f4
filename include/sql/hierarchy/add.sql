-- Make a hierarchy node, and those above it that are missing.
-- One row per node made.
INSERT INTO numbers.hierarchy_node (hierarchy, type, description, created_by)
SELECT
    p.hierarchy,
    CASE WHEN p.hierarchy = :hierarchy THEN :type ELSE 'intermediate' END,
    CASE WHEN p.hierarchy = :hierarchy THEN CAST(:description AS text) END,
    :actor
FROM unnest(numbers.hierarchy_path(:hierarchy)) AS p (hierarchy)
ORDER BY p.hierarchy
ON CONFLICT (hierarchy) DO NOTHING
RETURNING hierarchy
