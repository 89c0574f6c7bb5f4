-- Set texts of numbers, and write their events with what was there before. What is not given stays;
-- blank clears. All of them or none, or each that can be. The rows are locked since they were
-- judged, so that nothing else needs to be compared when they are edited.
-- One row per number that was refused, or per number; a single one with counts alone where there is
-- none.
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

edited AS (
    UPDATE numbers.number AS n
    SET
        description = CASE
            WHEN CAST(:texts AS jsonb) ? 'description' THEN CAST(:texts AS jsonb) ->> 'description'
            ELSE n.description
        END,
        e164_number = CASE
            WHEN CAST(:texts AS jsonb) ? 'e164_number' THEN CAST(:texts AS jsonb) ->> 'e164_number'
            ELSE n.e164_number
        END,
        extra = nullif(
            jsonb_strip_nulls(coalesce(n.extra, '{}') || CAST(:extra AS jsonb)), '{}'
        )
    FROM judged AS b
    WHERE
        n.number_id = b.number_id
        AND b.refusal IS NULL
        AND NOT :dry_run
        AND (
            :per_item
            OR NOT EXISTS (
                SELECT FROM judged AS r
                WHERE r.refusal IS NOT NULL
            )
        )
    RETURNING b.*
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
        b.number_id,
        b.wished,
        b.hierarchy,
        CAST(:as_of AS timestamptz),
        :cause,
        :actor,
        :dag_run,
        b.status,
        b.usage,
        b.vendor,
        b.status AS to_status,
        b.usage AS to_usage,
        b.vendor AS to_vendor,
        b.release_date,
        jsonb_strip_nulls(jsonb_build_object('reason', CAST(:reason AS text)))
        || jsonb_build_object(
            'to', CAST(:texts AS jsonb) || CAST(:extra AS jsonb),
            'from', jsonb_strip_nulls(
                jsonb_build_object('description', b.description, 'e164_number', b.e164_number)
                || coalesce(b.extra, '{}')
            )
        )
    FROM edited AS b
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
        j.status,
        j.vendor,
        j.release_date
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
