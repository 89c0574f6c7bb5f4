-- The first of the numbers that break a rule, for the page.
-- One row per number.
SELECT
    v.internal_number,
    v.hierarchy,
    v.detail
FROM violation AS v
WHERE v.rule = :rule
ORDER BY v.internal_number, v.hierarchy
LIMIT :most
