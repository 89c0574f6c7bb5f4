-- Forget requests that were made more than a day ago; those that others forget are left to them.
-- One row per request forgotten.
DELETE FROM numbers.idempotent_request AS r
USING (
    SELECT
        o.username,
        o.key
    FROM numbers.idempotent_request AS o
    WHERE o.recorded_at < clock_timestamp() - interval '1 day'
    ORDER BY o.recorded_at
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
) AS old
WHERE r.username = old.username AND r.key = old.key
