-- The values that macros will have at exactly one hierarchy node, from later instants on.
-- One row per value.
SELECT
    m.name,
    m.value,
    m.valid_from,
    m.set_by
FROM numbers.macro AS m
WHERE m.hierarchy = :hierarchy AND m.valid_from > :as_of
ORDER BY m.name ASC, m.valid_from ASC
