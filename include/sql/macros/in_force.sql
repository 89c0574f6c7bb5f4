-- The value of a macro at a hierarchy node at an instant, and the node that it comes from.
-- One row or none: none means the shipped default.
SELECT
    m.value,
    m.hierarchy,
    m.valid_from,
    m.set_by
FROM numbers.macro AS m
WHERE
    m.name = :name
    AND (m.hierarchy = :hierarchy OR starts_with(:hierarchy, m.hierarchy || '.'))
    AND m.valid_from <= :as_of
    AND (m.valid_to IS NULL OR m.valid_to > :as_of)
ORDER BY length(m.hierarchy) DESC
LIMIT 1
