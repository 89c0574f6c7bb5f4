-- Open a hold on every scope that a plan distrusts; an open one says what the newest plan does.
-- One row per hold.
INSERT INTO numbers.hold (connection_id, node, rule, reason, clears, since, plan_id)
SELECT
    :connection_id,
    v.node,
    v.rule,
    v.reason,
    v.clears,
    :as_of,
    v.plan_id
FROM numbers.verdict AS v
WHERE v.plan_id = :plan_id
ON CONFLICT (connection_id, coalesce(node, ''), (node IS NULL)) WHERE until IS NULL
DO UPDATE SET
    rule = excluded.rule,
    reason = excluded.reason,
    clears = excluded.clears,
    plan_id = excluded.plan_id
