-- Add what is left of an import to the inventory: none → any status.
-- One row per number added, its event.
WITH added AS (
    INSERT INTO numbers.number (
        internal_number,
        hierarchy,
        status,
        usage,
        vendor,
        tag,
        release_date,
        description,
        e164_number,
        reservation_notes,
        extra
    )
    SELECT
        f.internal_number,
        f.hierarchy,
        f.status,
        f.usage,
        f.vendor,
        CASE
            WHEN f.tag IS NULL AND f.status = 'Cooling'
                THEN numbers.cooling_tag(CAST(greatest(0, ceil(f.days)) AS integer), f.release_date)
            ELSE f.tag
        END,
        f.release_date,
        f.description,
        f.e164_number,
        f.reservation_notes,
        f.extra
    FROM (
        SELECT
            r.*,
            extract(EPOCH FROM r.release_date - CAST(:as_of AS timestamptz)) / 86400 AS days
        FROM import_row AS r
    ) AS f
    ORDER BY f.line
    RETURNING number_id, internal_number, hierarchy, status, usage, vendor, release_date
)

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
    release_date
)
SELECT
    a.number_id,
    a.internal_number,
    a.hierarchy,
    CAST(:as_of AS timestamptz),
    'import',
    :actor,
    :dag_run,
    a.status,
    a.usage,
    a.vendor,
    a.release_date
FROM added AS a
