-- A plan as a person decides on it: what it withholds, what was decided, and the newest plan that
-- keeps a hold of its connection open.
-- One row or none.
SELECT
    p.plan_id,
    p.connection_id,
    c.name AS connection,
    p.as_of,
    p.sha256,
    d.decision,
    d.decided_by,
    d.as_of AS decided_at,
    p.snapshot_id IS NULL AS is_purge,
    (
        SELECT max(s.as_of)
        FROM numbers.snapshot AS s
        WHERE
            s.connection_id = p.connection_id
            AND (s.as_of > p.as_of OR s.observed_at > p.computed_at)
    ) AS read_since,
    (
        SELECT count(*)
        FROM numbers.plan_change AS w
        WHERE w.plan_id = p.plan_id AND w.status = 'withheld'
    ) AS withheld,
    exists(
        SELECT FROM numbers.verdict AS v
        WHERE v.plan_id = p.plan_id
    ) AS distrusted,
    (
        SELECT max(h.plan_id)
        FROM numbers.hold AS h
        WHERE h.connection_id = p.connection_id AND h.until IS NULL
    ) AS newest_held
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
WHERE p.plan_id = :plan_id
