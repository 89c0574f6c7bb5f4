-- How many numbers break each rule.
-- One row per rule that is broken.
SELECT
    v.rule,
    count(*) AS numbers
FROM violation AS v
GROUP BY v.rule
