-- Add the numbers that are missing at a node, above it and below it; others are untouched.
-- One row per number added, and its event.
WITH added AS (
    INSERT INTO numbers.number (internal_number, hierarchy, e164_number)
    SELECT
        w.internal_number,
        :hierarchy,
        CASE WHEN starts_with(w.internal_number, '+') THEN w.internal_number END
    FROM (SELECT DISTINCT unnest(CAST(:numbers AS text[])) AS internal_number) AS w
    WHERE
        NOT EXISTS (
            SELECT FROM numbers.number AS n
            WHERE
                n.internal_number = w.internal_number
                AND numbers.related(n.hierarchy, :hierarchy)
        )
    ON CONFLICT (internal_number, hierarchy) DO NOTHING
    RETURNING number_id, internal_number, hierarchy, status
)

INSERT INTO numbers.number_event (
    number_id, internal_number, hierarchy, as_of, cause, actor, dag_run, to_status
)
SELECT
    a.number_id,
    a.internal_number,
    a.hierarchy,
    CAST(:as_of AS timestamptz),
    'add',
    :actor,
    :dag_run,
    a.status
FROM added AS a
