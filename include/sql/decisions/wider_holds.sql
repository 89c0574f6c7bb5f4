-- Open holds of a connection on scopes that a plan did not distrust: what is held since a later one
-- was not seen, also where the plan distrusted the whole.
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
        INNER JOIN numbers.plan AS p ON v.plan_id = p.plan_id
        WHERE
            v.plan_id = :plan_id
            AND (
                v.node IS NOT DISTINCT FROM h.node
                OR (v.node IS NULL AND h.since <= p.as_of)
            )
    )
