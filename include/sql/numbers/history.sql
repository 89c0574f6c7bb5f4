-- What has become of a number at a hierarchy node, and where it was moved from.
-- One row per event, the oldest first.
SELECT
    e.as_of,
    e.recorded_at,
    e.cause,
    e.actor,
    e.dag_run,
    e.plan_id AS plan,
    e.hierarchy,
    e.from_status,
    e.from_usage,
    e.from_vendor,
    e.to_status,
    e.to_usage,
    e.to_vendor,
    e.release_date,
    e.detail
FROM numbers.number_event AS e
WHERE
    e.internal_number = :internal_number
    AND (e.hierarchy = :hierarchy OR e.number_id = CAST(:number_id AS bigint))
    AND (CAST(:user_limit AS text) IS NULL OR numbers.at_or_below(e.hierarchy, :user_limit))
ORDER BY e.event_id
