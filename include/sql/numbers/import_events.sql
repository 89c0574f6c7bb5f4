-- Write down that the numbers of an import are new.
-- One row per number added, its event.
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
    f.number_id,
    f.internal_number,
    f.hierarchy,
    CAST(:as_of AS timestamptz),
    'import',
    :actor,
    :dag_run,
    f.status,
    f.usage,
    f.vendor,
    f.release_date
FROM import_row AS f
