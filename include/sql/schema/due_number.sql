-- Numbers whose release date is reached, and what keeps each of them; null where it may go.
-- A number that a device ever had, as a list said or the inventory, needs evidence: it is online
-- nowhere, every connection that could hold it has been read since it was ready, and no SBC that
-- could is distrusted, for its device may have moved there.
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

listed AS (
    SELECT
        d.number_id,
        d.hierarchy,
        d.release_date,
        l.connection_id,
        p.online_to
    FROM due AS d
    INNER JOIN numbers.presence AS p ON d.internal_number = p.internal_number
    INNER JOIN numbers.place AS l
        ON p.place_id = l.place_id AND numbers.related(l.hierarchy, d.hierarchy)
),

-- Of those that no list ever had, the ones that cool because a device had them all the same.
unlisted AS (
    SELECT
        d.number_id,
        d.hierarchy,
        d.release_date
    FROM due AS d
    WHERE
        d.status = 'Cooling'
        AND NOT EXISTS (
            SELECT FROM listed AS l
            WHERE l.number_id = d.number_id
        )
        AND EXISTS (
            SELECT FROM numbers.number_event AS e
            WHERE
                e.internal_number = d.internal_number
                AND e.number_id = d.number_id
                AND e.from_vendor = 'AudioCodes'
                AND e.to_status = 'Cooling'
        )
),

-- Listed again while it cooled, a number cools anew: from the list that lacked it then.
cooled AS (
    SELECT
        o.hierarchy,
        o.online_to,
        o.online_to + make_interval(
            hours => 24 * coalesce(
                numbers.macro_value('audiocodes_cooling_duration', o.hierarchy, o.online_to),
                default_days
            )
        ) AS until
    FROM (SELECT DISTINCT
        l.hierarchy,
        l.online_to
    FROM listed AS l) AS o
),

newest AS (
    SELECT
        c.connection_id,
        c.hierarchy,
        c.configured,
        coalesce(max(s.as_of), '-infinity') AS read_at
    FROM numbers.connection AS c
    LEFT JOIN numbers.snapshot AS s ON c.connection_id = s.connection_id
    WHERE c.purged_at IS NULL
    GROUP BY c.connection_id
),

-- Up to when everything that could hold a number of a hierarchy node has been read, and whether
-- some of it is distrusted.
confirmed AS (
    SELECT
        h.hierarchy,
        (
            SELECT min(c.read_at)
            FROM newest AS c
            WHERE c.configured AND numbers.related(c.hierarchy, h.hierarchy)
        ) AS until,
        EXISTS (
            SELECT FROM numbers.distrusted_place AS x
            WHERE numbers.related(x.hierarchy, h.hierarchy)
        ) AS distrusted
    FROM (
        SELECT l.hierarchy FROM listed AS l
        UNION
        SELECT u.hierarchy FROM unlisted AS u
    ) AS h
),

evidence AS (
    SELECT
        l.number_id,
        l.hierarchy,
        bool_or(l.online_to IS NULL) AS online,
        greatest(max(l.release_date), max(k.until)) AS ready_at,
        min(c.read_at) AS read_at
    FROM listed AS l
    LEFT JOIN cooled AS k ON l.hierarchy = k.hierarchy AND l.online_to = k.online_to
    LEFT JOIN newest AS c ON l.connection_id = c.connection_id
    GROUP BY l.number_id, l.hierarchy
    UNION ALL
    SELECT
        u.number_id,
        u.hierarchy,
        FALSE,
        u.release_date,
        CAST(NULL AS timestamptz)
    FROM unlisted AS u
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
        WHEN f.distrusted THEN 'in a hold'
        WHEN
            e.ready_at > instant
            OR e.ready_at > least(e.read_at, f.until)
            THEN 'absence not confirmed'
    END
FROM due AS d
LEFT JOIN evidence AS e ON d.number_id = e.number_id
LEFT JOIN confirmed AS f ON e.hierarchy = f.hierarchy
$$;
