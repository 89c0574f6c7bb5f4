-- Withhold the removals of a plan that lie in a hold.
-- One row per removal withheld.
UPDATE numbers.plan_change AS c
SET status = 'withheld'
WHERE
    c.plan_id = :plan_id
    AND c.kind IN ('cool', 'free')
    AND (:whole OR coalesce(c.node, '') = ANY(CAST(:nodes AS text[])))
