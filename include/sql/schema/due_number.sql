-- Numbers whose release date is reached, and what keeps each of them; null where it may go.
-- A number that a device ever had, as a list said or the inventory, needs evidence: it is online
-- nowhere, every connection that could hold it has been read since it was ready, and no SBC is
-- distrusted that could, or that is where a whole number was listed: its device may be there. What
-- happened in a hold is no evidence: once one is over, a number rests anew, as its device may need
-- a while to register again.
CREATE OR REPLACE FUNCTION numbers.due_number(instant timestamptz, default_days integer)
RETURNS TABLE (
    number_id bigint,
    internal_number text,
    hierarchy text,
    status text,
    release_date timestamptz,
    description text,
    reservation_notes text,
    kept_by text
) LANGUAGE sql STABLE AS $$
WITH due AS (
    SELECT
        n.number_id,
        n.internal_number,
        n.hierarchy,
        n.status,
        n.release_date,
        n.description,
        n.reservation_notes
    FROM numbers.number AS n
    WHERE n.release_date <= instant AND n.status IN ('Cooling', 'Reserved')
),

heard AS (
    SELECT
        d.number_id,
        d.hierarchy,
        d.release_date,
        CASE
            WHEN numbers.related(l.hierarchy, d.hierarchy) THEN d.hierarchy
            ELSE l.hierarchy
        END AS seen_at,
        l.connection_id,
        p.online_to
    FROM due AS d
    INNER JOIN numbers.presence AS p ON d.internal_number = p.internal_number
    INNER JOIN numbers.place AS l
        ON
            p.place_id = l.place_id
            AND numbers.same_number(d.internal_number, l.hierarchy, d.hierarchy)
),

absent AS MATERIALIZED (
    SELECT
        h.connection_id,
        h.online_to,
        numbers.absent_from(h.connection_id, h.online_to) AS lost_at
    FROM heard AS h
    WHERE h.online_to IS NOT NULL
    GROUP BY h.connection_id, h.online_to
),

listed AS (
    SELECT
        h.number_id,
        h.hierarchy,
        h.release_date,
        h.seen_at,
        h.connection_id,
        a.lost_at
    FROM heard AS h
    LEFT JOIN absent AS a ON h.connection_id = a.connection_id AND h.online_to = a.online_to
),

-- Of those that no list ever had, the ones that cool because a device had them all the same.
unlisted AS (
    SELECT
        d.number_id,
        d.hierarchy,
        d.release_date,
        max(e.as_of) AS lost_at
    FROM due AS d
    INNER JOIN numbers.number_event AS e
        ON
            d.internal_number = e.internal_number
            AND d.number_id = e.number_id
            AND e.from_vendor = 'AudioCodes'
            AND e.to_status = 'Cooling'
    WHERE
        d.status = 'Cooling'
        AND NOT EXISTS (
            SELECT FROM listed AS l
            WHERE l.number_id = d.number_id
        )
    GROUP BY d.number_id, d.hierarchy, d.release_date
),

-- Up to when each connection has been read; one that never had anybody says nothing of who is not
-- there. Asked are those that are configured, and those that are so no more until they are purged.
newest AS (
    SELECT
        c.connection_id,
        c.configured OR bool_or(s.registered_users > 0) IS TRUE AS asked,
        CASE WHEN bool_or(s.registered_users > 0) THEN max(s.as_of) ELSE '-infinity' END AS read_at
    FROM numbers.connection AS c
    LEFT JOIN numbers.snapshot AS s ON c.connection_id = s.connection_id
    WHERE c.purged_at IS NULL
    GROUP BY c.connection_id
),

-- The hierarchy nodes that matter for a number: its own, and where a whole one was listed.
nodes AS (
    SELECT
        l.hierarchy,
        l.seen_at
    FROM listed AS l
    UNION
    SELECT
        l.hierarchy,
        l.hierarchy
    FROM listed AS l
    UNION
    SELECT
        u.hierarchy,
        u.hierarchy
    FROM unlisted AS u
),

-- When holds of what could have a number of a hierarchy node ended: those that could matter, as
-- not everything has been read since the days after them.
ended AS (
    SELECT
        n.hierarchy,
        h.until
    FROM (SELECT DISTINCT s.seen_at AS hierarchy FROM nodes AS s) AS n
    INNER JOIN numbers.hold AS h
        ON
            h.until + make_interval(
                days => (
                    SELECT greatest(max(m.value), default_days)
                    FROM numbers.macro AS m
                    WHERE m.name = 'audiocodes_cooling_duration'
                )
            ) > (
                SELECT coalesce(min(c.read_at), '-infinity')
                FROM newest AS c
                WHERE c.read_at > '-infinity'
            )
    WHERE numbers.could_have(h.connection_id, h.node, n.hierarchy)
    GROUP BY n.hierarchy, h.until
),

-- Listed again while it cooled, a number cools anew: from the list that lacked it then. So it rests
-- from the end of a hold in which it was away.
cooled AS (
    SELECT
        o.hierarchy,
        o.seen_at,
        o.lost_at,
        max(r.until) FILTER (WHERE t.since = o.lost_at) AS until,
        max(r.until) FILTER (WHERE t.since > o.lost_at) AS rested_at
    FROM (
        SELECT
            l.hierarchy,
            l.seen_at,
            l.lost_at
        FROM listed AS l
        UNION
        SELECT
            u.hierarchy,
            u.hierarchy,
            u.lost_at
        FROM unlisted AS u
    ) AS o
    CROSS JOIN LATERAL (
        SELECT o.lost_at AS since
        UNION ALL
        SELECT e.until
        FROM ended AS e
        WHERE e.hierarchy IN (o.hierarchy, o.seen_at) AND e.until > o.lost_at
    ) AS t
    CROSS JOIN LATERAL (
        SELECT
            t.since + make_interval(
                hours => 24 * coalesce(
                    numbers.macro_value('audiocodes_cooling_duration', o.hierarchy, t.since),
                    default_days
                )
            ) AS until
    ) AS r
    GROUP BY o.hierarchy, o.seen_at, o.lost_at
),

-- Up to when everything that could hold a number of a hierarchy node has been read, and whether
-- some of it is distrusted.
confirmed AS (
    SELECT
        h.hierarchy,
        (
            SELECT min(c.read_at)
            FROM newest AS c
            WHERE c.asked AND numbers.could_have(c.connection_id, NULL, h.hierarchy)
        ) AS until,
        EXISTS (
            SELECT FROM numbers.distrusted_place AS x
            WHERE numbers.related(x.hierarchy, h.hierarchy)
        ) AS distrusted
    FROM (SELECT DISTINCT s.seen_at AS hierarchy FROM nodes AS s) AS h
),

evidence AS (
    SELECT
        l.number_id,
        l.hierarchy,
        bool_or(l.lost_at IS NULL) AS online,
        bool_or(s.distrusted) AS distrusted,
        greatest(max(l.release_date), max(k.until)) AS ready_at,
        max(k.rested_at) AS rested_at,
        least(min(c.read_at), min(s.until)) AS read_at
    FROM listed AS l
    LEFT JOIN confirmed AS s ON l.seen_at = s.hierarchy
    LEFT JOIN cooled AS k
        ON l.hierarchy = k.hierarchy AND l.seen_at = k.seen_at AND l.lost_at = k.lost_at
    LEFT JOIN newest AS c ON l.connection_id = c.connection_id
    GROUP BY l.number_id, l.hierarchy
    UNION ALL
    SELECT
        u.number_id,
        u.hierarchy,
        FALSE,
        FALSE,
        u.release_date,
        k.rested_at,
        -- Nor is one released that a connection could have which is configured no more, or moved.
        (
            SELECT min(c.read_at)
            FROM newest AS c
            WHERE numbers.could_have(c.connection_id, NULL, u.hierarchy)
        )
    FROM unlisted AS u
    LEFT JOIN cooled AS k ON u.hierarchy = k.hierarchy AND u.lost_at = k.lost_at
)

SELECT
    d.number_id,
    d.internal_number,
    d.hierarchy,
    d.status,
    d.release_date,
    d.description,
    d.reservation_notes,
    CASE
        WHEN e.online THEN 'online'
        WHEN f.distrusted OR e.distrusted THEN 'in a hold'
        WHEN e.rested_at > instant THEN 'resting after a hold'
        WHEN
            e.ready_at > instant
            OR greatest(e.ready_at, e.rested_at) > least(e.read_at, f.until)
            THEN 'absence not confirmed'
    END
FROM due AS d
LEFT JOIN evidence AS e ON d.number_id = e.number_id
LEFT JOIN confirmed AS f ON e.hierarchy = f.hierarchy
$$;
