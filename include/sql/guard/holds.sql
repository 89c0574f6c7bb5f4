-- The open holds, of one connection or of all, at a hierarchy node or below it, each with what its
-- newest plan withholds.
-- One row per hold.
SELECT
    c.name AS connection,
    h.node,
    h.rule,
    h.reason,
    h.clears,
    h.since,
    h.plan_id AS plan,
    (
        SELECT count(*)
        FROM numbers.plan_change AS w
        WHERE
            w.plan_id = h.plan_id
            AND w.status = 'withheld'
            AND (h.node IS NULL OR coalesce(w.node, '') = h.node)
    ) AS withheld
FROM numbers.hold AS h
INNER JOIN numbers.connection AS c ON h.connection_id = c.connection_id
WHERE
    h.until IS NULL
    AND (CAST(:connection AS text) IS NULL OR c.name = :connection)
    AND (CAST(:within AS text) IS NULL OR numbers.at_or_below(c.hierarchy, :within))
ORDER BY c.name, h.node NULLS FIRST
