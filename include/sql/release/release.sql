-- Release what is due and what nothing keeps: Cooling or Reserved → Available.
-- One row per number released, and its event.
WITH due AS MATERIALIZED (
    SELECT d.*
    FROM numbers.due_number(:as_of, :default_days) AS d
    WHERE d.kept_by IS NULL
),

-- In the order in which everybody locks numbers, so that nobody waits in a circle.
locked AS MATERIALIZED (
    SELECT n.number_id
    FROM numbers.number AS n
    INNER JOIN due AS d ON n.number_id = d.number_id
    WHERE n.status = d.status AND n.release_date = d.release_date
    ORDER BY n.number_id
    FOR UPDATE OF n
),

released AS (
    UPDATE numbers.number AS n
    SET
        status = 'Available',
        usage = NULL,
        vendor = NULL,
        tag = NULL,
        release_date = NULL,
        description = NULL,
        reservation_notes = NULL
    FROM locked AS l
    WHERE n.number_id = l.number_id
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
    to_status,
    detail
)
SELECT
    d.number_id,
    d.internal_number,
    d.hierarchy,
    CAST(:as_of AS timestamptz),
    CASE d.status WHEN 'Cooling' THEN 'release' ELSE 'reservation over' END,
    :actor,
    :dag_run,
    d.status,
    'Available',
    jsonb_strip_nulls(
        jsonb_build_object(
            'from_release_date', d.release_date,
            'description', d.description,
            'reservation_notes', d.reservation_notes
        )
    )
FROM released AS r
INNER JOIN due AS d ON r.number_id = d.number_id
