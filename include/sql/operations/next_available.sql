-- Hand out the next available numbers of a node: Available → Reserved, or Used by a subscriber.
-- They are the first in their order, feature codes only where the prefix is one, that no device is
-- listed with, or recently was, that stand nowhere else above or below, and that nobody else is
-- taking at this moment; of some candidates where there are any; as many as are wanted, or, where
-- that is asked for, fewer. Their events are written.
-- One row per number.
WITH chosen AS MATERIALIZED (
    SELECT
        g.number_id,
        g.internal_number
    FROM numbers.guarded_number AS g
    WHERE
        g.hierarchy = :node
        AND g.status = 'Available'
        AND starts_with(g.internal_number, :prefix)
        AND (g.internal_number ~ '^[+]?[0-9]+$' OR :prefix ~ '[*#]')
        AND (
            CAST(:candidates AS text[]) IS NULL
            OR g.internal_number = ANY(CAST(:candidates AS text[]))
        )
        AND NOT g.online
        AND NOT g.held
        AND NOT EXISTS (
            SELECT FROM numbers.number AS n
            WHERE
                n.internal_number = g.internal_number
                AND n.number_id <> g.number_id
                AND numbers.related(n.hierarchy, g.hierarchy)
            -- Asked of each candidate, not of all numbers first.
            ORDER BY n.number_id
            OFFSET 0
        )
        AND numbers.recent_until(
            g.internal_number,
            g.hierarchy,
            g.number_id,
            CAST(:as_of AS timestamptz),
            CAST(:device_days AS integer)
        ) IS NULL
    ORDER BY g.internal_number
    LIMIT :wanted
    FOR UPDATE OF g SKIP LOCKED
),

moved AS (
    UPDATE numbers.number AS n
    SET
        status = :to_status,
        usage = CAST(:to_usage AS text),
        vendor = CAST(:to_vendor AS text),
        subscriber = CAST(:to_subscriber AS text),
        release_date = CAST(:release_date AS timestamptz),
        reservation_notes = CAST(:reservation_notes AS text)
    FROM chosen AS c
    WHERE
        n.number_id = c.number_id
        AND (:fewer OR (SELECT count(*) FROM chosen) = :wanted)
    RETURNING
        n.number_id,
        n.internal_number,
        n.hierarchy,
        n.status,
        n.usage,
        n.vendor,
        n.release_date
),

logged AS (
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
        to_usage,
        to_vendor,
        release_date,
        detail
    )
    SELECT
        m.number_id,
        m.internal_number,
        m.hierarchy,
        CAST(:as_of AS timestamptz),
        :cause,
        :actor,
        :dag_run,
        'Available',
        m.status,
        m.usage,
        m.vendor,
        m.release_date,
        jsonb_strip_nulls(
            jsonb_build_object(
                'reason', CAST(:reason AS text),
                'subscriber', CAST(:to_subscriber AS text),
                'reservation_notes', CAST(:reservation_notes AS text)
            )
        )
    FROM moved AS m
)

SELECT
    m.internal_number,
    m.hierarchy,
    m.status,
    m.vendor,
    m.release_date
FROM moved AS m
ORDER BY m.internal_number
