-- End the holds on the scopes that a plan distrusted: a person has accepted what vanished there.
-- One row per hold ended.
UPDATE numbers.hold AS h
SET until = greatest(CAST(:as_of AS timestamptz), h.since), ended_by = :ended_by
WHERE
    h.connection_id = :connection_id
    AND h.until IS NULL
    AND EXISTS (
        SELECT FROM numbers.verdict AS v
        WHERE v.plan_id = :plan_id AND (v.node IS NULL OR v.node = h.node)
    )
