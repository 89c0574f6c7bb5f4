-- What a plan holds, by kind and status; what is open in a plan that was applied has been made.
-- One row per kind and status.
SELECT
    c.kind,
    CASE
        WHEN c.status = 'open' AND p.applied_at IS NOT NULL THEN 'applied'
        ELSE c.status
    END AS status,
    count(*) AS numbers
FROM numbers.plan AS p
INNER JOIN numbers.plan_change AS c ON p.plan_id = c.plan_id
WHERE p.plan_id = :plan_id
GROUP BY 1, 2
ORDER BY 1, 2
