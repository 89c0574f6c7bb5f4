-- Withhold the removals of a plan that its verdicts distrust, or that lie in a hold of any
-- connection that ever listed them. What no list ever had could be at any node.
-- One row per removal withheld.
UPDATE numbers.plan_change AS c
SET status = 'withheld'
WHERE
    c.plan_id = :plan_id
    AND c.kind IN ('cool', 'free')
    AND c.status = 'open'
    AND (
        EXISTS (
            SELECT FROM numbers.verdict AS v
            WHERE v.plan_id = :plan_id AND (v.node IS NULL OR v.node = coalesce(c.node, v.node))
        )
        OR EXISTS (
            SELECT FROM numbers.presence AS p
            INNER JOIN numbers.place AS l ON p.place_id = l.place_id
            INNER JOIN numbers.hold AS h
                ON l.connection_id = h.connection_id AND (h.node IS NULL OR l.node = h.node)
            WHERE
                h.until IS NULL
                AND p.internal_number = c.internal_number
                AND numbers.same_number(c.internal_number, l.hierarchy, c.hierarchy)
        )
    )
