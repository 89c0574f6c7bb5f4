-- What a plan holds, by kind and status.
-- One row per kind and status.
SELECT
    c.kind,
    c.status,
    count(*) AS numbers
FROM numbers.plan_change AS c
WHERE c.plan_id = :plan_id
GROUP BY c.kind, c.status
ORDER BY c.kind, c.status
