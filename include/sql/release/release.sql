-- Release what is due, on evidence newer than its release date: Cooling or Reserved → Available.
-- One row per number released, and its event.
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
    WHERE n.release_date <= :as_of AND n.status IN ('Cooling', 'Reserved')
),

listed AS (
    SELECT
        d.number_id,
        d.hierarchy,
        d.release_date,
        l.connection_id,
        l.node,
        p.online_to
    FROM due AS d
    INNER JOIN numbers.presence AS p ON d.internal_number = p.internal_number
    INNER JOIN numbers.place AS l
        ON p.place_id = l.place_id AND numbers.related(l.hierarchy, d.hierarchy)
),

-- Listed again while it cooled, a number cools anew: from the list that lacked it then.
cooled AS (
    SELECT
        o.hierarchy,
        o.online_to,
        o.online_to + make_interval(
            hours => 24 * coalesce(
                numbers.macro_value('audiocodes_cooling_duration', o.hierarchy, o.online_to),
                :default_days
            )
        ) AS until
    FROM (SELECT DISTINCT
        l.hierarchy,
        l.online_to
    FROM listed AS l) AS o
),

-- From when on each may be released; the evidence must be as new.
ready AS (
    SELECT
        l.number_id,
        greatest(max(l.release_date), max(k.until)) AS at
    FROM listed AS l
    LEFT JOIN cooled AS k ON l.hierarchy = k.hierarchy AND l.online_to = k.online_to
    GROUP BY l.number_id
),

-- Online now, not read since the release date, or in a hold.
kept AS (
    SELECT l.number_id
    FROM listed AS l
    INNER JOIN numbers.connection AS c ON l.connection_id = c.connection_id
    INNER JOIN ready AS r ON l.number_id = r.number_id
    WHERE
        l.online_to IS NULL
        OR r.at > :as_of
        OR (
            c.purged_at IS NULL
            AND NOT EXISTS (
                SELECT FROM numbers.snapshot AS s
                WHERE s.connection_id = l.connection_id AND s.as_of >= r.at
            )
        )
        OR EXISTS (
            SELECT FROM numbers.hold AS h
            WHERE
                h.connection_id = l.connection_id
                AND h.until IS NULL
                AND (h.node IS NULL OR h.node = l.node)
        )
),

released AS (
    UPDATE numbers.number AS n
    SET
        status = 'Available',
        usage = NULL,
        vendor = NULL,
        tag = NULL,
        release_date = NULL,
        description = NULL,
        reservation_notes = NULL
    FROM due AS d
    WHERE
        n.number_id = d.number_id
        AND n.status = d.status
        AND n.release_date = d.release_date
        AND n.number_id NOT IN (SELECT k.number_id FROM kept AS k)
    RETURNING n.number_id
)

INSERT INTO numbers.number_event (
    number_id,
    internal_number,
    hierarchy,
    as_of,
    cause,
    actor,
    dag_run,
    from_status,
    to_status,
    detail
)
SELECT
    d.number_id,
    d.internal_number,
    d.hierarchy,
    CAST(:as_of AS timestamptz),
    CASE d.status WHEN 'Cooling' THEN 'release' ELSE 'reservation over' END,
    :actor,
    :dag_run,
    d.status,
    'Available',
    jsonb_strip_nulls(
        jsonb_build_object(
            'from_release_date', d.release_date,
            'description', d.description,
            'reservation_notes', d.reservation_notes
        )
    )
FROM released AS r
INNER JOIN due AS d ON r.number_id = d.number_id
