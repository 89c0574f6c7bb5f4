-- What a plan wants removed.
-- One row per number.
SELECT
    c.number_id,
    c.node
FROM numbers.plan_change AS c
WHERE c.plan_id = :plan_id AND c.kind IN ('cool', 'free') AND c.status IN ('open', 'withheld')
