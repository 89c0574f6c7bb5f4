-- Open holds of a connection on scopes that a plan did not distrust. A plan that distrusted the
-- whole has shown the nodes that were held by then, or that it withholds something at. Rules that
-- have changed were shown by a plan that distrusted them, of a list that was read by the same.
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
            AND (
                h.rule <> 'changed rules'
                OR (
                    v.rule = h.rule
                    AND EXISTS (
                        SELECT FROM numbers.snapshot AS s
                        INNER JOIN numbers.snapshot AS q ON s.rules_sha256 = q.rules_sha256
                        INNER JOIN numbers.plan AS n ON q.snapshot_id = n.snapshot_id
                        WHERE s.snapshot_id = p.snapshot_id AND n.plan_id = h.plan_id
                    )
                )
            )
    )
