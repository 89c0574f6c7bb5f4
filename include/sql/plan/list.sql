-- Plans, the newest first, from a place in that order on: of a connection or of all, of those at a
-- hierarchy node or below it, of a status; each with what was decided last.
-- One row per plan.
SELECT
    p.plan_id AS plan,
    c.name AS connection,
    p.as_of,
    p.status,
    p.removals,
    p.sha256,
    p.applied_at,
    d.decision,
    d.decided_by,
    d.as_of AS decided_at,
    p.snapshot_id IS NULL AS purge
FROM numbers.plan AS p
INNER JOIN numbers.connection AS c ON p.connection_id = c.connection_id
LEFT JOIN LATERAL (
    SELECT
        x.decision,
        x.decided_by,
        x.as_of
    FROM numbers.decision AS x
    WHERE x.plan_id = p.plan_id
    ORDER BY x.decision_id DESC
    LIMIT 1
) AS d ON TRUE
WHERE
    (CAST(:before AS bigint) IS NULL OR p.plan_id < :before)
    AND (CAST(:connection AS text) IS NULL OR c.name = :connection)
    AND (CAST(:status AS text) IS NULL OR p.status = :status)
    AND (CAST(:within AS text) IS NULL OR numbers.at_or_below(c.hierarchy, :within))
ORDER BY p.plan_id DESC
LIMIT CAST(:page_length AS bigint)
