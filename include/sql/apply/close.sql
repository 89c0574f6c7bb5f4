-- Close a plan that has been applied; what it withholds keeps it open for a decision, and what
-- no longer fitted is superseded: the next plan sees it anew.
-- One row, the plan.
WITH left_over AS (
    UPDATE numbers.plan_change
    SET status = 'superseded'
    WHERE plan_id = :plan_id AND status = 'open'
)

UPDATE numbers.plan
SET
    applied_at = clock_timestamp(),
    status = CASE WHEN status = 'open' THEN 'applied' ELSE status END
WHERE plan_id = :plan_id
RETURNING status
