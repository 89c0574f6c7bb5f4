-- Move numbers from the state they were found in to another, and write their events.
-- One row per number moved.
WITH before AS (
    SELECT n.*
    FROM numbers.number AS n
    WHERE n.number_id = ANY(CAST(:number_ids AS bigint[]))
),

moved AS (
    UPDATE numbers.number AS n
    SET
        status = :to_status,
        usage = :to_usage,
        vendor = :to_vendor,
        tag = :tag,
        release_date = :release_date,
        reservation_notes = :reservation_notes,
        description = CASE WHEN :to_status <> 'Available' THEN n.description END
    FROM before AS b
    WHERE n.number_id = b.number_id AND n.status = ANY(CAST(:from_statuses AS text[]))
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
    to_vendor,
    release_date,
    detail
)
SELECT
    b.number_id,
    b.internal_number,
    b.hierarchy,
    CAST(:as_of AS timestamptz),
    :cause,
    :actor,
    :dag_run,
    b.status,
    b.usage,
    b.vendor,
    :to_status,
    :to_usage,
    :to_vendor,
    CAST(:release_date AS timestamptz),
    jsonb_strip_nulls(
        jsonb_build_object(
            'reason', CAST(:reason AS text),
            'reservation_notes', coalesce(CAST(:reservation_notes AS text), b.reservation_notes),
            'description', CASE WHEN :to_status = 'Available' THEN b.description END,
            'from_release_date', b.release_date
        )
    )
FROM moved AS m
INNER JOIN before AS b ON m.number_id = b.number_id
