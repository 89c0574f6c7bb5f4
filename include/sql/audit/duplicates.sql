-- The same digits at a hierarchy node and at one above it: there they are the same number.
-- One row per number that has such a twin.
INSERT INTO violation (rule, number_id, internal_number, hierarchy, detail)
WITH repeated AS (
    SELECT n.internal_number
    FROM numbers.number AS n
    GROUP BY n.internal_number
    HAVING count(*) > 1
)

SELECT
    'numbers_are_unique',
    n.number_id,
    n.internal_number,
    n.hierarchy,
    'also at ' || string_agg(t.hierarchy, ', ' ORDER BY t.hierarchy)
FROM repeated AS r
INNER JOIN numbers.number AS n ON r.internal_number = n.internal_number
INNER JOIN numbers.number AS t
    ON
        n.internal_number = t.internal_number
        AND n.number_id <> t.number_id
        AND numbers.related(n.hierarchy, t.hierarchy)
GROUP BY n.number_id, n.internal_number, n.hierarchy
