-- Add the numbers that a plan found online and in no inventory row: none → Used.
-- One row per number added, and its event.
WITH added AS (
    INSERT INTO numbers.number (
        internal_number, hierarchy, status, usage, vendor, e164_number
    )
    SELECT
        c.internal_number,
        c.hierarchy,
        c.to_status,
        c.to_usage,
        c.to_vendor,
        CASE WHEN starts_with(c.internal_number, '+') THEN c.internal_number END
    FROM numbers.plan_change AS c
    WHERE
        c.plan_id = :plan_id
        AND c.status = 'open'
        AND c.kind = 'create'
        AND NOT EXISTS (
            SELECT FROM numbers.number AS n
            WHERE
                n.internal_number = c.internal_number
                AND numbers.related(n.hierarchy, c.hierarchy)
        )
    ON CONFLICT (internal_number, hierarchy) DO NOTHING
    RETURNING number_id, internal_number, hierarchy, status, usage, vendor
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
        to_status,
        to_usage,
        to_vendor
    )
    SELECT
        a.number_id,
        a.internal_number,
        a.hierarchy,
        CAST(:as_of AS timestamptz),
        'create',
        :actor,
        :dag_run,
        :plan_id,
        a.status,
        a.usage,
        a.vendor
    FROM added AS a
)

UPDATE numbers.plan_change AS c
SET status = 'applied', number_id = a.number_id
FROM added AS a
WHERE
    c.plan_id = :plan_id
    AND c.status = 'open'
    AND c.kind = 'create'
    AND c.internal_number = a.internal_number
    AND c.hierarchy = a.hierarchy
