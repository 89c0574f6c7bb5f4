-- Open holds of a connection on scopes that a plan did not distrust. A plan that distrusted the
-- whole has shown the nodes that were held by then, or that it withholds something at.
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
                OR (
                    v.node IS NULL
                    AND EXISTS (
                        SELECT FROM numbers.plan_change AS w
                        WHERE
                            w.plan_id = p.plan_id AND w.status = 'withheld' AND w.node = h.node
                    )
                )
            )
    )
