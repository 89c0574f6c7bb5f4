-- A plan, and whether a newer list of its connection has been laid in since.
-- One row or none.
SELECT
    p.plan_id,
    p.status,
    p.snapshot_id,
    p.as_of,
    p.sha256,
    p.applied_at,
    c.name AS connection,
    c.connection_id,
    exists(
        SELECT FROM numbers.snapshot AS s
        INNER JOIN numbers.snapshot AS o ON p.snapshot_id = o.snapshot_id
        WHERE s.connection_id = p.connection_id AND s.as_of > o.as_of
    ) AS outdated
FROM numbers.plan AS p
INNER JOIN numbers.connection AS c ON p.connection_id = c.connection_id
WHERE p.plan_id = :plan_id
