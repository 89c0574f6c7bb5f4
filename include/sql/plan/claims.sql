-- Numbers that are online at a connection and that no AudioCodes row holds: what they become.
-- One row per number and hierarchy node; a number at several inventory nodes is ambiguous.
INSERT INTO numbers.plan_change (
    plan_id,
    kind,
    status,
    number_id,
    internal_number,
    hierarchy,
    node,
    aor,
    from_status,
    from_usage,
    from_vendor,
    to_status,
    to_usage,
    to_vendor,
    reason
)
WITH online AS (
    SELECT
        c.internal_number,
        c.place_id,
        l.hierarchy,
        l.node,
        bool_or(c.number_id IS NOT NULL) AS digits_held
    FROM candidate AS c
    INNER JOIN numbers.place AS l ON c.place_id = l.place_id
    WHERE c.active AND l.connection_id = :connection_id
    GROUP BY c.internal_number, c.place_id, l.hierarchy, l.node
),

unheld AS (
    SELECT
        o.internal_number,
        o.hierarchy,
        min(o.node) AS node,
        min(p.aor) AS aor
    FROM online AS o
    INNER JOIN numbers.presence AS p
        ON
            o.internal_number = p.internal_number
            AND o.place_id = p.place_id
            AND p.online_to IS NULL
            AND p.active
    WHERE
        NOT o.digits_held
        OR NOT EXISTS (
            SELECT FROM numbers.number AS n
            WHERE
                n.internal_number = o.internal_number
                AND n.vendor = 'AudioCodes'
                AND n.status = 'Used'
                AND numbers.related(n.hierarchy, o.hierarchy)
        )
    GROUP BY o.internal_number, o.hierarchy
),

matched AS (
    SELECT
        u.internal_number,
        u.node,
        u.aor,
        u.hierarchy AS seen_at,
        n.number_id,
        n.hierarchy,
        n.status,
        n.usage,
        n.vendor,
        count(*) OVER (PARTITION BY u.internal_number, u.hierarchy) AS candidates
    FROM unheld AS u
    LEFT JOIN numbers.number AS n
        ON
            u.internal_number = n.internal_number
            AND numbers.related(n.hierarchy, u.hierarchy)
),

judged AS (
    SELECT
        m.internal_number,
        m.node,
        m.aor,
        m.seen_at,
        m.hierarchy,
        m.status,
        m.usage,
        m.vendor,
        CASE WHEN m.candidates = 1 THEN m.number_id END AS number_id,
        CASE
            WHEN m.candidates > 1 THEN 'ambiguous'
            WHEN m.number_id IS NULL THEN 'create'
            WHEN m.status = 'Available' THEN 'claim'
            WHEN m.status = 'Cooling' THEN 'reactivate'
            WHEN m.status = 'Reserved' THEN 'override'
            ELSE 'conflict'
        END AS kind,
        array_agg(m.seen_at) FILTER (WHERE m.candidates = 1 AND m.number_id IS NULL)
            OVER (PARTITION BY m.internal_number)
            AS lacking_at
    FROM matched AS m
),

-- A new row is made where its digits were seen, or at the topmost related node that lacks it too.
placed AS (
    SELECT
        j.*,
        CASE
            WHEN j.kind = 'create'
                THEN (
                    SELECT s.node
                    FROM unnest(j.lacking_at) AS s (node)
                    WHERE numbers.related(s.node, j.seen_at)
                    ORDER BY length(s.node)
                    LIMIT 1
                )
            WHEN j.kind = 'ambiguous' THEN j.seen_at
            ELSE j.hierarchy
        END AS target
    FROM judged AS j
),

-- One change for a row seen from two nodes, and one finding for an ambiguous number.
wanted AS (
    SELECT DISTINCT ON (p.internal_number, p.target, p.kind) p.*
    FROM placed AS p
    ORDER BY p.internal_number, p.target, p.kind, p.seen_at
)

SELECT
    :plan_id,
    w.kind,
    CASE WHEN w.kind IN ('ambiguous', 'conflict') THEN 'reported' ELSE 'open' END,
    w.number_id,
    w.internal_number,
    w.target,
    w.node,
    w.aor,
    CASE WHEN w.kind <> 'ambiguous' THEN w.status END,
    CASE WHEN w.kind <> 'ambiguous' THEN w.usage END,
    CASE WHEN w.kind <> 'ambiguous' THEN w.vendor END,
    CASE WHEN w.kind NOT IN ('ambiguous', 'conflict') THEN 'Used' END,
    CASE WHEN w.kind NOT IN ('ambiguous', 'conflict') THEN 'Device' END,
    CASE WHEN w.kind NOT IN ('ambiguous', 'conflict') THEN 'AudioCodes' END,
    CASE w.kind
        WHEN 'create' THEN 'online as ' || w.aor || ', and not in the inventory'
        WHEN 'claim' THEN 'online as ' || w.aor
        WHEN 'reactivate' THEN 'online again as ' || w.aor
        WHEN 'override' THEN 'online as ' || w.aor || ', although reserved'
        WHEN 'conflict' THEN 'online as ' || w.aor || ', although held by another consumer'
        ELSE 'online as ' || w.aor || ', and the inventory has it at several nodes; map the site'
    END
FROM wanted AS w
