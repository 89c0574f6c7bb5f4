-- Open holds of a connection on scopes that a plan did not distrust.
-- One row per hold.
SELECT
    h.node,
    h.reason
FROM numbers.hold AS h
WHERE
    h.connection_id = :connection_id
    AND h.until IS NULL
    AND NOT EXISTS (
        SELECT FROM numbers.verdict AS v
        WHERE v.plan_id = :plan_id AND (v.node IS NULL OR v.node = h.node)
    )
