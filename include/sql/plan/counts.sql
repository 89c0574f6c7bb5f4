-- What a plan holds at a hierarchy node or below it, by SBC node, kind and status; what is open in
-- a plan that was applied has been made.
-- One row per SBC node, kind and status.
SELECT
    c.node,
    c.kind,
    CASE
        WHEN c.status = 'open' AND p.applied_at IS NOT NULL THEN 'applied'
        ELSE c.status
    END AS status,
    count(*) AS numbers
FROM numbers.plan AS p
INNER JOIN numbers.plan_change AS c ON p.plan_id = c.plan_id
WHERE
    p.plan_id = :plan_id
    AND (CAST(:within AS text) IS NULL OR numbers.at_or_below(c.hierarchy, :within))
GROUP BY 1, 2, 3
ORDER BY 2, 3, 1
