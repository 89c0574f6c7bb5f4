-- The newest value of a macro at exactly one node.
-- One row or none.
SELECT
    m.value,
    m.valid_from
FROM numbers.macro AS m
WHERE m.name = :name AND m.hierarchy = :hierarchy AND m.valid_to IS NULL
