-- The numbers that a plan wants added, and that the inventory still lacks.
-- One row per change.
CREATE TEMPORARY TABLE missing ON COMMIT DROP AS
SELECT
    c.change_id,
    c.internal_number,
    c.hierarchy,
    c.to_status,
    c.to_usage,
    c.to_vendor
FROM numbers.plan_change AS c
WHERE
    c.plan_id = :plan_id
    AND c.status = 'open'
    AND c.kind = 'create'
    AND NOT EXISTS (
        SELECT FROM numbers.number AS n
        WHERE
            n.internal_number = c.internal_number
            AND numbers.related(n.hierarchy, c.hierarchy)
    )
