-- Every value that macros have had, the newest first.
-- One row per value.
SELECT
    m.name,
    m.hierarchy,
    m.value,
    m.valid_from,
    m.valid_to,
    m.set_by
FROM numbers.macro AS m
WHERE (
    CAST(:hierarchy AS text) IS NULL
    OR m.hierarchy = :hierarchy
    OR starts_with(:hierarchy, m.hierarchy || '.')
)
ORDER BY m.name ASC, m.hierarchy ASC, m.valid_from DESC
