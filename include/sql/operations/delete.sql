-- Delete numbers that are Available; their history stays.
-- One row per number deleted, and its event.
WITH deleted AS (
    DELETE FROM numbers.number AS n
    WHERE n.number_id = ANY(CAST(:number_ids AS bigint[])) AND n.status = 'Available'
    RETURNING n.number_id, n.internal_number, n.hierarchy, n.status
)

INSERT INTO numbers.number_event (
    number_id, internal_number, hierarchy, as_of, cause, actor, dag_run, from_status
)
SELECT
    d.number_id,
    d.internal_number,
    d.hierarchy,
    CAST(:as_of AS timestamptz),
    'delete',
    :actor,
    :dag_run,
    d.status
FROM deleted AS d
