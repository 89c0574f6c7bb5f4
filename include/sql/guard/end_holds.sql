-- End the holds of a connection that a plan has nothing against; none while it distrusts the whole.
-- One row per hold ended.
UPDATE numbers.hold AS h
SET until = greatest(CAST(:as_of AS timestamptz), h.since), ended_by = :ended_by
WHERE
    h.connection_id = :connection_id
    AND h.until IS NULL
    AND NOT EXISTS (
        SELECT FROM numbers.verdict AS v
        WHERE v.plan_id = :plan_id AND (v.node IS NULL OR v.node = h.node)
    )
