-- Add the numbers of a wish that are missing at a node, above it and below it, as Available; others
-- are untouched. All of them, or on a dry run none, are written with their events.
-- One row per number when each is asked for, with whether it was there; else one with counts alone.
WITH wish AS MATERIALIZED (
    SELECT
        w.item,
        w.internal_number,
        exists(
            SELECT FROM numbers.number AS n
            WHERE
                n.internal_number = w.internal_number
                AND numbers.related(n.hierarchy, :hierarchy)
        ) AS known
    FROM numbers.wished(
        CAST(:numbers AS text[]), CAST(:firsts AS text[]), CAST(:lasts AS text[])
    ) AS w
),

added AS (
    INSERT INTO numbers.number (internal_number, hierarchy, e164_number, description)
    SELECT
        w.internal_number,
        :hierarchy,
        CASE WHEN starts_with(w.internal_number, '+') THEN w.internal_number END,
        CAST(:description AS text)
    FROM wish AS w
    WHERE NOT w.known AND NOT :dry_run
    ORDER BY w.internal_number
    ON CONFLICT (internal_number, hierarchy) DO NOTHING
    RETURNING number_id, internal_number, hierarchy, status
),

logged AS (
    INSERT INTO numbers.number_event (
        number_id, internal_number, hierarchy, as_of, cause, actor, dag_run, to_status, detail
    )
    SELECT
        a.number_id,
        a.internal_number,
        a.hierarchy,
        CAST(:as_of AS timestamptz),
        :cause,
        :actor,
        :dag_run,
        a.status,
        CASE
            WHEN :reason <> '' THEN jsonb_build_object('reason', CAST(:reason AS text))
        END
    FROM added AS a
    RETURNING number_id
),

verdict AS (
    SELECT
        count(*) AS chosen,
        count(*) FILTER (WHERE NOT w.known) AS missing
    FROM wish AS w
),

done AS (
    SELECT count(*) AS changed
    FROM logged
),

told AS (
    SELECT
        w.item,
        w.internal_number,
        w.known
    FROM wish AS w
    WHERE :per_item
    ORDER BY w.item
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
