-- Delete numbers that are Available; their history stays. All of them or none, or each that can be.
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

deleted AS (
    DELETE FROM numbers.number AS n
    USING judged AS j
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
        jsonb_strip_nulls(
            jsonb_build_object(
                'reason', CAST(:reason AS text), 'description', j.description, 'extra', j.extra
            )
        )
    FROM deleted AS j
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
