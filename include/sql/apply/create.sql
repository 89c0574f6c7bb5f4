-- Add the numbers that a plan found online and in no inventory row: none → Used.
-- One row per number added, by its change; and its event.
WITH added AS (
    INSERT INTO numbers.number (
        internal_number, hierarchy, status, usage, vendor, e164_number
    )
    SELECT
        m.internal_number,
        m.hierarchy,
        m.to_status,
        m.to_usage,
        m.to_vendor,
        CASE WHEN starts_with(m.internal_number, '+') THEN m.internal_number END
    FROM missing AS m
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

INSERT INTO done (change_id)
SELECT m.change_id
FROM added AS a
INNER JOIN missing AS m ON a.internal_number = m.internal_number AND a.hierarchy = m.hierarchy
