-- Close a plan that has been applied; what it withholds keeps it open for a decision.
-- One row, the plan.
UPDATE numbers.plan
SET
    applied_at = clock_timestamp(),
    removed = (
        SELECT count(*)
        FROM numbers.plan_change AS c
        WHERE c.plan_id = :plan_id AND c.status = 'open' AND c.kind IN ('cool', 'free')
    ),
    status = CASE WHEN status = 'open' THEN 'applied' ELSE status END
WHERE plan_id = :plan_id
RETURNING status
