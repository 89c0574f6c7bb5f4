-- The value of a macro in force at each hierarchy node at an instant, and the node it was set at.
-- One row per hierarchy node that sees a value, looking up; the others have the shipped default.
SELECT
    h.hierarchy,
    m.value,
    m.hierarchy AS source
FROM numbers.hierarchy_node AS h
INNER JOIN LATERAL (
    SELECT
        v.value,
        v.hierarchy
    FROM numbers.macro AS v
    WHERE
        v.name = :macro
        AND numbers.at_or_below(h.hierarchy, v.hierarchy)
        AND v.valid_from <= :as_of
        AND (v.valid_to IS NULL OR v.valid_to > :as_of)
    ORDER BY length(v.hierarchy) DESC
    LIMIT 1
) AS m ON TRUE
WHERE CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(h.hierarchy, :hierarchy)
ORDER BY h.hierarchy
