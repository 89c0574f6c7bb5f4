-- Make the wanted changes on numbers that are still as the plan found them.
-- One row per number changed, by its change; and its event.
-- They are locked in the order in which everybody locks numbers, so that nobody waits in a circle.
WITH locked AS MATERIALIZED (
    SELECT
        w.change_id,
        n.number_id,
        n.reservation_notes,
        n.description,
        n.release_date
    FROM numbers.number AS n
    INNER JOIN wanted AS w
        ON
            n.number_id = w.number_id
            AND n.status = w.from_status
            AND n.usage IS NOT DISTINCT FROM w.from_usage
            AND n.vendor IS NOT DISTINCT FROM w.from_vendor
    ORDER BY n.number_id
    FOR UPDATE OF n
),

changed AS (
    UPDATE numbers.number AS n
    SET
        status = w.to_status,
        usage = w.to_usage,
        vendor = w.to_vendor,
        tag = w.tag,
        release_date = w.release_date,
        reservation_notes = NULL,
        description = CASE WHEN w.to_status <> 'Available' THEN n.description END
    FROM wanted AS w
    INNER JOIN locked AS b ON w.change_id = b.change_id
    WHERE n.number_id = b.number_id
    RETURNING
        w.change_id,
        b.reservation_notes,
        b.description,
        b.release_date AS from_release_date
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
        plan_id,
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
        w.number_id,
        w.internal_number,
        w.hierarchy,
        CAST(:as_of AS timestamptz),
        w.kind,
        :actor,
        :dag_run,
        w.plan_id,
        w.from_status,
        w.from_usage,
        w.from_vendor,
        w.to_status,
        w.to_usage,
        w.to_vendor,
        w.release_date,
        jsonb_strip_nulls(
            jsonb_build_object(
                'reason', w.reason,
                'node', w.node,
                'approved_plan', a.plan_id,
                'approved_because', a.reason,
                'reservation_notes', d.reservation_notes,
                'description', CASE WHEN w.to_status = 'Available' THEN d.description END,
                'from_release_date', d.from_release_date
            )
        )
    FROM changed AS d
    INNER JOIN wanted AS w ON d.change_id = w.change_id
    LEFT JOIN numbers.decision AS a ON w.plan_id = a.carried_out_by
)

INSERT INTO done (change_id)
SELECT d.change_id
FROM changed AS d
