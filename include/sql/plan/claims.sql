-- Numbers that are online at a connection and that no AudioCodes row holds: what each should become.
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
        m.*,
        CASE
            WHEN m.candidates > 1 THEN 'ambiguous'
            WHEN m.number_id IS NULL THEN 'create'
            WHEN m.status = 'Available' THEN 'claim'
            WHEN m.status = 'Cooling' THEN 'reactivate'
            WHEN m.status = 'Reserved' THEN 'override'
            ELSE 'conflict'
        END AS kind
    FROM matched AS m
),

-- One finding for an ambiguous number, one change for a row seen from two nodes, and one new row
-- where the same digits were seen at a node and above it.
wanted AS (
    SELECT DISTINCT ON (j.internal_number, j.kind, coalesce(j.number_id, 0), o.scope)
        j.*,
        o.scope
    FROM judged AS j
    CROSS JOIN LATERAL (
        SELECT
            CASE
                WHEN j.kind = 'ambiguous' THEN j.seen_at
                WHEN j.kind = 'create' THEN (
                    SELECT k.seen_at
                    FROM judged AS k
                    WHERE
                        k.kind = 'create'
                        AND k.internal_number = j.internal_number
                        AND numbers.related(k.seen_at, j.seen_at)
                    ORDER BY length(k.seen_at)
                    LIMIT 1
                )
                ELSE ''
            END AS scope
    ) AS o
    ORDER BY j.internal_number, j.kind, coalesce(j.number_id, 0), o.scope, j.seen_at
)

SELECT
    :plan_id,
    w.kind,
    CASE WHEN w.kind IN ('ambiguous', 'conflict') THEN 'reported' ELSE 'open' END,
    CASE WHEN w.kind <> 'ambiguous' THEN w.number_id END,
    w.internal_number,
    CASE WHEN w.kind IN ('ambiguous', 'create') THEN w.scope ELSE w.hierarchy END,
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
