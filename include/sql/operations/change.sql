-- Move numbers from the states that an operation leaves to the one that it enters, and write their
-- events: all of them or none, or each that can be. Without a state to enter, it is what the
-- settings of a number's node say of numbers that are given up; one that is listed is its device's,
-- one that was recently listed cools in any case.
-- One row per number that was refused, or per number, with what the operation has made of it; a
-- single one with counts alone where there is none.
WITH judged AS MATERIALIZED (
    SELECT j.*
    FROM numbers.judged(
        CAST(:numbers AS text[]),
        CAST(:firsts AS text[]),
        CAST(:lasts AS text[]),
        CAST(:hierarchy AS text),
        CAST(:user_limit AS text),
        CAST(:version AS text),
        CAST(:leaves AS text[]),
        CAST(:takes AS text[]),
        CAST(:as_of AS timestamptz),
        CAST(:device_days AS integer)
    ) AS j
),

setting AS (
    SELECT
        h.hierarchy,
        coalesce(
            numbers.macro_value('number_inventory_cooling_enabled', h.hierarchy, :as_of),
            CAST(:cooling_enabled AS integer)
        ) = 1 AS cools,
        coalesce(
            CAST(:days AS integer),
            numbers.macro_value('number_inventory_cooling_duration_days', h.hierarchy, :as_of),
            CAST(:cooling_days AS integer)
        ) AS cooling_days
    FROM (
        SELECT DISTINCT j.hierarchy
        FROM judged AS j
        WHERE j.refusal IS NULL
    ) AS h
),

aim AS (
    SELECT
        j.*,
        CASE WHEN s.cools OR CAST(:to_status AS text) IS NOT NULL THEN s.cooling_days
        END AS cooling_days,
        CAST(:to_status AS text) IS NULL AND j.online AS of_device,
        CASE
            WHEN CAST(:to_status AS text) IS NOT NULL THEN CAST(:to_status AS text)
            WHEN j.online THEN 'Used'
            WHEN s.cools OR j.recent_until IS NOT NULL THEN 'Cooling'
            ELSE 'Available'
        END AS to_status
    FROM judged AS j
    LEFT JOIN setting AS s ON j.hierarchy = s.hierarchy
),

target AS MATERIALIZED (
    SELECT
        a.*,
        CASE WHEN a.of_device THEN 'Device' ELSE :to_usage END AS to_usage,
        CASE WHEN a.of_device THEN 'AudioCodes' ELSE :to_vendor END AS to_vendor,
        greatest(
            CAST(:as_of AS timestamptz) + make_interval(
                hours => 24 * CASE a.to_status
                    WHEN 'Cooling' THEN a.cooling_days
                    WHEN 'Reserved' THEN CAST(:days AS integer)
                END
            ),
            CASE a.to_status WHEN 'Cooling' THEN a.recent_until END
        ) AS to_release_date
    FROM aim AS a
),

moved AS (
    UPDATE numbers.number AS n
    SET
        status = t.to_status,
        usage = t.to_usage,
        vendor = t.to_vendor,
        subscriber = CAST(:to_subscriber AS text),
        tag = CASE t.to_status
            WHEN 'Cooling' THEN numbers.cooling_tag(
                CAST(
                    ceil(
                        extract(EPOCH FROM t.to_release_date - CAST(:as_of AS timestamptz)) / 86400
                    ) AS integer
                ),
                t.to_release_date
            )
        END,
        release_date = t.to_release_date,
        reservation_notes = CAST(:reservation_notes AS text),
        description = CASE WHEN t.to_status <> 'Available' THEN n.description END
    FROM target AS t
    WHERE
        n.number_id = t.number_id
        AND n.status = t.status
        AND t.refusal IS NULL
        AND NOT :dry_run
        AND (
            :per_item
            OR NOT EXISTS (
                SELECT FROM judged AS r
                WHERE r.refusal IS NOT NULL
            )
        )
    RETURNING t.*
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
        from_usage,
        from_vendor,
        to_status,
        to_usage,
        to_vendor,
        release_date,
        detail
    )
    SELECT
        t.number_id,
        t.wished,
        t.hierarchy,
        CAST(:as_of AS timestamptz),
        :cause,
        :actor,
        :dag_run,
        t.status,
        t.usage,
        t.vendor,
        t.to_status,
        t.to_usage,
        t.to_vendor,
        t.to_release_date,
        jsonb_strip_nulls(
            jsonb_build_object(
                'reason', CAST(:reason AS text),
                'subscriber', coalesce(CAST(:to_subscriber AS text), t.subscriber),
                'reservation_notes',
                coalesce(CAST(:reservation_notes AS text), t.reservation_notes),
                'description', CASE WHEN t.to_status = 'Available' THEN t.description END,
                'from_release_date', t.release_date
            )
        )
    FROM moved AS t
    RETURNING number_id
),

verdict AS (
    SELECT
        count(*) AS chosen,
        count(j.refusal) AS refused
    FROM judged AS j
),

done AS (
    SELECT count(*) AS changed
    FROM logged
),

told AS (
    SELECT
        j.item,
        j.wished AS internal_number,
        j.hierarchy,
        j.refusal,
        CASE WHEN j.refusal IS NULL THEN j.to_status ELSE j.status END AS status,
        CASE WHEN j.refusal IS NULL THEN j.to_vendor ELSE j.vendor END AS vendor,
        CASE WHEN j.refusal IS NULL THEN j.to_release_date ELSE j.release_date
        END AS release_date
    FROM target AS j
    WHERE :per_item OR j.refusal IS NOT NULL
    ORDER BY j.item
    LIMIT CAST(:most AS bigint)
)

SELECT
    v.*,
    d.*,
    t.*
FROM verdict AS v
CROSS JOIN done AS d
LEFT JOIN told AS t ON TRUE
ORDER BY t.item
