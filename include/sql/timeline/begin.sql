-- Begin an interval for what this list has and the timeline lacks: until the next list, or open.
-- One row per interval begun.
INSERT INTO numbers.presence (
    internal_number, place_id, active, online_from, online_to, aor, user_agent
)
SELECT
    d.internal_number,
    d.place_id,
    d.active,
    CAST(:as_of AS timestamptz),
    CAST(:next_as_of AS timestamptz),
    min(d.aor),
    min(d.user_agent)
FROM delta AS d
WHERE d.online_from IS NULL
GROUP BY d.internal_number, d.place_id, d.active
