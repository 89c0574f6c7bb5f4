-- What the guard distrusts in a plan.
-- One row per scope.
SELECT
    v.node,
    v.rule,
    v.listed,
    v.held,
    v.removed,
    v.cooling,
    v.most,
    v.reason,
    v.clears
FROM numbers.verdict AS v
WHERE v.plan_id = :plan_id
ORDER BY v.node NULLS FIRST
