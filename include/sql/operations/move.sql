-- Move numbers to another hierarchy node, and write their events: one of leaving, one of arriving.
-- What that node, one above it or one below it has already, or what a device is listed with there,
-- is refused. All of them or none, or each that can be.
-- One row per number that was refused, or per number; a single one with counts alone where there is
-- none.
WITH chosen AS MATERIALIZED (
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

judged AS MATERIALIZED (
    SELECT
        j.item,
        j.wished,
        j.number_id,
        j.hierarchy,
        j.status,
        j.usage,
        j.vendor,
        j.release_date,
        CASE
            WHEN j.refusal IS NOT NULL THEN j.refusal
            WHEN j.hierarchy = :to_hierarchy THEN 'there already'
            WHEN EXISTS (
                SELECT FROM numbers.number AS n
                WHERE
                    n.internal_number = j.wished
                    AND n.number_id <> j.number_id
                    AND numbers.related(n.hierarchy, :to_hierarchy)
            ) THEN 'there already'
            WHEN EXISTS (
                SELECT FROM numbers.presence AS p
                INNER JOIN numbers.place AS l ON p.place_id = l.place_id
                WHERE
                    p.online_to IS NULL
                    AND p.internal_number = j.wished
                    AND numbers.same_number(j.wished, l.hierarchy, :to_hierarchy)
            ) THEN 'listed there'
            WHEN EXISTS (
                SELECT FROM numbers.presence AS p
                INNER JOIN numbers.distrusted_place AS l ON p.place_id = l.place_id
                WHERE
                    p.internal_number = j.wished
                    AND numbers.same_number(j.wished, l.hierarchy, :to_hierarchy)
            ) THEN 'distrusted'
            WHEN numbers.recent_until(
                j.wished,
                :to_hierarchy,
                j.number_id,
                CAST(:as_of AS timestamptz),
                CAST(:device_days AS integer)
            ) IS NOT NULL THEN 'recent'
        END AS refusal
    FROM chosen AS j
),

moved AS (
    UPDATE numbers.number AS n
    SET hierarchy = :to_hierarchy
    FROM judged AS j
    WHERE
        n.number_id = j.number_id
        AND n.status = j.status
        AND j.refusal IS NULL
        AND NOT :dry_run
        AND (
            :per_item
            OR NOT EXISTS (
                SELECT FROM judged AS r
                WHERE r.refusal IS NOT NULL
            )
        )
    RETURNING j.*
),

left_behind AS (
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
        detail
    )
    SELECT
        j.number_id,
        j.wished,
        j.hierarchy,
        CAST(:as_of AS timestamptz),
        :cause,
        :actor,
        :dag_run,
        j.status,
        j.usage,
        j.vendor,
        jsonb_strip_nulls(
            jsonb_build_object(
                'reason', CAST(:reason AS text), 'to_hierarchy', CAST(:to_hierarchy AS text)
            )
        )
    FROM moved AS j
    RETURNING number_id
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
        to_status,
        to_usage,
        to_vendor,
        release_date,
        detail
    )
    SELECT
        j.number_id,
        j.wished,
        :to_hierarchy,
        CAST(:as_of AS timestamptz),
        :cause,
        :actor,
        :dag_run,
        j.status,
        j.usage,
        j.vendor,
        j.release_date,
        jsonb_strip_nulls(
            jsonb_build_object(
                'reason', CAST(:reason AS text), 'from_hierarchy', j.hierarchy
            )
        )
    FROM moved AS j
    -- Behind the events of leaving, which are all written before the first of these.
    WHERE (SELECT count(*) FROM left_behind) > 0
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
        j.refusal,
        j.status,
        j.vendor,
        j.release_date,
        CASE WHEN j.refusal IS NULL THEN :to_hierarchy ELSE j.hierarchy END AS hierarchy
    FROM judged AS j
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
