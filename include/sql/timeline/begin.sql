-- Begin an interval for what this list has and the timeline lacks: until the next list, or open.
-- One row per interval begun.
INSERT INTO numbers.presence (
    internal_number, place_id, active, online_from, online_to, aor, user_agent, key
)
SELECT
    a.internal_number,
    a.place_id,
    a.active,
    CAST(:as_of AS timestamptz),
    CAST(:next_as_of AS timestamptz),
    a.aor,
    a.user_agent,
    d.key
FROM delta AS d
INNER JOIN arrival AS a ON d.line = a.line
