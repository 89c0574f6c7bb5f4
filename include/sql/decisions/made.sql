-- What people decided on a plan, and the plan that carried it out.
-- One row per decision, the newest last.
SELECT
    d.decision,
    d.reason,
    d.decided_by,
    d.as_of AS decided_at,
    d.sha256,
    d.withheld,
    d.carried_out_by
FROM numbers.decision AS d
WHERE d.plan_id = :plan_id
ORDER BY d.decision_id
