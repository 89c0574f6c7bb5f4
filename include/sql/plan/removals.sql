-- Numbers that AudioCodes holds in the inventory and that are online nowhere: Used → Cooling, or
-- Available where the days are 0 and every connection that could hold it has been read since.
-- One row per number. Only numbers that this connection has listed, or that nobody has and it could
-- hold; and, unless a person has decided so, only when every connection that could hold them has
-- been read completely.
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
    tag,
    release_date,
    reason
)
WITH suspects AS (
    SELECT
        c.number_id,
        bool_or(c.place_id IS NOT NULL) AS digits_online
    FROM candidate AS c
    WHERE c.number_id IS NOT NULL
    GROUP BY c.number_id
),

unseen AS (
    SELECT
        n.*,
        (
            SELECT max(e.as_of)
            FROM numbers.number_event AS e
            WHERE
                e.internal_number = n.internal_number
                AND e.number_id = n.number_id
                AND e.cause = 'import'
                AND e.to_vendor = 'AudioCodes'
        ) AS imported_at
    FROM suspects AS s
    INNER JOIN numbers.number AS n ON s.number_id = n.number_id
    WHERE
        NOT s.digits_online
        OR NOT EXISTS (
            SELECT FROM numbers.presence AS p
            INNER JOIN numbers.place AS l ON p.place_id = l.place_id
            WHERE
                p.online_to IS NULL
                AND p.internal_number = n.internal_number
                AND numbers.same_number(n.internal_number, l.hierarchy, n.hierarchy)
        )
),

heard AS (
    SELECT
        u.number_id,
        u.internal_number,
        u.hierarchy,
        u.usage,
        u.imported_at,
        l.connection_id,
        l.node,
        p.aor,
        p.online_to,
        NOT numbers.related(l.hierarchy, u.hierarchy) AS is_elsewhere,
        l.connection_id = :connection_id
        OR c.connection_id IS NOT NULL AND c.purged_at IS NULL AS is_asked
    FROM unseen AS u
    LEFT JOIN (
        numbers.presence AS p INNER JOIN numbers.place AS l ON p.place_id = l.place_id
    )
        ON
            u.internal_number = p.internal_number
            AND numbers.same_number(u.internal_number, l.hierarchy, u.hierarchy)
    LEFT JOIN numbers.connection AS c ON l.connection_id = c.connection_id
),

-- Where and when each was heard of last: not before it was brought in as a device's. What nobody
-- has listed but others that were purged, counts as never listed.
last_heard AS (
    SELECT
        h.number_id,
        h.internal_number,
        h.hierarchy,
        h.usage,
        bool_or(h.connection_id = :connection_id) IS TRUE AS listed_here,
        bool_or(h.is_elsewhere) IS TRUE AS listed_elsewhere,
        bool_or(h.is_asked) IS NOT TRUE AS never_listed,
        (
            array_agg(
                h.node
                ORDER BY (h.connection_id = :connection_id) DESC, h.online_to DESC, h.node ASC
            ) FILTER (WHERE h.is_asked)
        )[1]
            AS node,
        (
            array_agg(
                h.aor ORDER BY (h.connection_id = :connection_id) DESC, h.online_to DESC, h.node ASC
            )
        )[1]
            AS aor,
        CASE
            WHEN bool_or(h.is_asked) THEN greatest(max(h.online_to), h.imported_at)
            ELSE CAST(:snapshot_as_of AS timestamptz)
        END AS lost_at,
        (array_agg(h.connection_id ORDER BY h.online_to DESC NULLS LAST, h.connection_id ASC))[1]
            AS lost_by,
        array_agg(DISTINCT h.connection_id) AS connections
    FROM heard AS h
    GROUP BY h.number_id, h.internal_number, h.hierarchy, h.usage, h.imported_at
),

-- Until when the list of an SBC that ever had it was distrusted.
held AS (
    SELECT
        h.number_id,
        max(coalesce(d.until, CAST(:snapshot_as_of AS timestamptz))) AS held_until
    FROM heard AS h
    INNER JOIN last_heard AS e ON h.number_id = e.number_id
    INNER JOIN numbers.hold AS d
        ON
            h.connection_id = d.connection_id
            AND (d.node IS NULL OR h.node = d.node)
            AND (d.until IS NULL OR e.lost_at < d.until)
    GROUP BY h.number_id
),

-- What is known of each connection: since and up to when it has been read, the first time for a
-- plan to judge; and whether it ever had anybody.
reading AS MATERIALIZED (
    SELECT
        c.connection_id,
        c.configured,
        numbers.absent_from(c.connection_id, min(s.as_of)) AS first_read_at,
        max(s.as_of) AS read_at,
        coalesce(bool_or(s.registered_users > 0), FALSE) AS has_listed
    FROM numbers.connection AS c
    LEFT JOIN numbers.snapshot AS s ON c.connection_id = s.connection_id
    WHERE c.purged_at IS NULL
    GROUP BY c.connection_id
),

-- Those that could have a number of a hierarchy node, until they are purged: worked out once per
-- node.
concerned AS MATERIALIZED (
    SELECT
        h.hierarchy,
        r.*
    FROM (SELECT DISTINCT e.hierarchy FROM last_heard AS e) AS h
    INNER JOIN reading AS r
        ON (r.configured OR r.has_listed) AND numbers.could_have(r.connection_id, NULL, h.hierarchy)
),

-- Worked out once per hierarchy node, not once per number.
cooling AS MATERIALIZED (
    SELECT
        h.hierarchy,
        coalesce(
            numbers.macro_value('audiocodes_cooling_duration', h.hierarchy, :as_of), :default_days
        ) AS days,
        exists(
            SELECT FROM numbers.distrusted_place AS x
            WHERE numbers.related(x.hierarchy, h.hierarchy)
        ) AS distrusted,
        (
            SELECT max(c.first_read_at)
            FROM concerned AS c
            WHERE c.hierarchy = h.hierarchy
        ) AS all_read_at
    FROM (SELECT DISTINCT e.hierarchy FROM last_heard AS e) AS h
),

absent AS MATERIALIZED (
    SELECT
        e.lost_by,
        e.lost_at,
        numbers.absent_from(e.lost_by, e.lost_at) AS absent_from
    FROM last_heard AS e
    WHERE e.lost_by IS NOT NULL
    GROUP BY e.lost_by, e.lost_at
),

-- What happened in a hold is no evidence: days of absence count from its end, which is the list
-- of this plan where the hold is still open.
lost AS (
    SELECT
        e.*,
        k.days,
        k.distrusted,
        greatest(
            e.lost_at,
            -- A list that no plan has judged confirms no absence: the next one that was does.
            a.absent_from,
            u.held_until,
            -- Nothing is away before everything that could have it has been read.
            k.all_read_at,
            -- What a person decides counts from then on.
            CASE WHEN NOT :at_once THEN CAST(:as_of AS timestamptz) END
        ) AS offline_since
    FROM last_heard AS e
    INNER JOIN cooling AS k ON e.hierarchy = k.hierarchy
    LEFT JOIN held AS u ON e.number_id = u.number_id
    LEFT JOIN absent AS a ON e.lost_by = a.lost_by AND e.lost_at = a.lost_at
    WHERE
        (e.listed_here OR (e.never_listed AND numbers.related(e.hierarchy, :hierarchy)))
        AND (
            NOT :at_once AND NOT e.never_listed
            OR NOT EXISTS (
                SELECT FROM concerned AS c
                WHERE
                    c.hierarchy = e.hierarchy
                    AND (
                        c.read_at IS NULL
                        OR e.never_listed AND NOT c.has_listed
                        -- In a hold of the whole connection, its own plan goes on to withhold them.
                        OR e.never_listed AND EXISTS (
                            SELECT FROM numbers.hold AS w
                            WHERE
                                w.connection_id = c.connection_id
                                AND w.until IS NULL
                                AND (w.connection_id <> :connection_id OR w.node IS NOT NULL)
                        )
                    )
            )
        )
),

dated AS (
    SELECT
        f.*,
        f.offline_since + make_interval(hours => 24 * f.days) AS release_date,
        -- What a whole number was listed with elsewhere, its release looks into.
        f.days = 0 AND :at_once AND NOT f.distrusted AND NOT f.listed_elsewhere
        AND NOT EXISTS (
            SELECT FROM concerned AS c
            WHERE
                c.hierarchy = f.hierarchy
                AND (c.read_at < f.offline_since OR NOT c.has_listed)
        )
        AND NOT EXISTS (
            SELECT FROM reading AS r
            WHERE r.connection_id = ANY(f.connections) AND r.read_at < f.offline_since
        ) AS at_once
    FROM lost AS f
)

SELECT
    :plan_id,
    CASE WHEN d.at_once THEN 'free' ELSE 'cool' END,
    'open',
    d.number_id,
    d.internal_number,
    d.hierarchy,
    d.node,
    d.aor,
    'Used',
    d.usage,
    'AudioCodes',
    CASE WHEN d.at_once THEN 'Available' ELSE 'Cooling' END,
    CASE WHEN NOT d.at_once THEN numbers.cooling_tag(d.days, d.release_date) END,
    CASE WHEN NOT d.at_once THEN d.release_date END,
    'offline since ' || to_char(d.offline_since, 'YYYY-MM-DD HH24:MI') || ' UTC'
FROM dated AS d
