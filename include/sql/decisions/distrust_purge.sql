-- Distrust all of a proposed purge: only a person carries it out.
-- One row, the verdict.
INSERT INTO numbers.verdict (
    plan_id, node, rule, listed, held, removed, cooling, most, reason, clears
)
SELECT
    :plan_id,
    NULL,
    'purge',
    0,
    count(*),
    count(*),
    0,
    0,
    format('all registrations end, and %s numbers begin to cool', count(*)),
    'a decision by a person'
FROM numbers.plan_change AS c
WHERE c.plan_id = :plan_id
