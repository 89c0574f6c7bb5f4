-- The open holds, of one connection or of all, at a hierarchy node or below it, each with what its
-- newest plan withholds.
-- One row per hold.
WITH held AS MATERIALIZED (
    SELECT
        c.name AS connection,
        h.node,
        h.rule,
        h.reason,
        h.clears,
        h.since,
        h.plan_id AS plan
    FROM numbers.hold AS h
    INNER JOIN numbers.connection AS c ON h.connection_id = c.connection_id
    WHERE
        h.until IS NULL
        AND (CAST(:connection AS text) IS NULL OR c.name = :connection)
        AND (CAST(:within AS text) IS NULL OR numbers.at_or_below(c.hierarchy, :within))
),

-- Counted once for all the holds of a plan: it can withhold a great many.
withheld AS MATERIALIZED (
    SELECT
        w.plan_id,
        w.node,
        count(*) AS numbers
    FROM numbers.plan_change AS w
    WHERE
        w.status = 'withheld'
        AND w.plan_id = any(array(SELECT DISTINCT h.plan FROM held AS h))
    GROUP BY w.plan_id, w.node
)

SELECT
    h.*,
    (
        SELECT CAST(coalesce(sum(w.numbers), 0) AS bigint)
        FROM withheld AS w
        WHERE w.plan_id = h.plan AND (h.node IS NULL OR w.node = h.node)
    ) AS withheld
FROM held AS h
ORDER BY h.connection, h.node NULLS FIRST
