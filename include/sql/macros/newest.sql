-- The newest value of a macro at exactly one node, and until when it holds or has held.
-- One row or none.
SELECT
    m.value,
    m.valid_from,
    m.valid_to
FROM numbers.macro AS m
WHERE m.name = :name AND m.hierarchy = :hierarchy
ORDER BY m.valid_from DESC
LIMIT 1
