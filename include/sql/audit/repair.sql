-- Set Status and Usage of every number whose vendor is AudioCodes back to Used / Device.
-- One row per number repaired, and its event.
WITH wrong AS (
    SELECT n.*
    FROM numbers.number AS n
    WHERE
        n.vendor = 'AudioCodes'
        AND (n.status <> 'Used' OR n.usage IS DISTINCT FROM 'Device')
    ORDER BY n.number_id
    FOR UPDATE OF n
),

repaired AS (
    UPDATE numbers.number AS n
    SET status = 'Used', usage = 'Device', tag = NULL, release_date = NULL
    FROM wrong AS w
    WHERE n.number_id = w.number_id
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
    from_usage,
    from_vendor,
    to_status,
    to_usage,
    to_vendor
)
SELECT
    w.number_id,
    w.internal_number,
    w.hierarchy,
    CAST(:as_of AS timestamptz),
    'audit',
    :actor,
    :dag_run,
    w.status,
    w.usage,
    w.vendor,
    'Used',
    'Device',
    'AudioCodes'
FROM repaired AS r
INNER JOIN wrong AS w ON r.number_id = w.number_id
