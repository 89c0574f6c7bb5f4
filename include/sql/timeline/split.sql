-- Lay an absence between two lists that both had the number: what follows the next list is kept.
-- One row per interval that was split; end.sql has ended its first part.
INSERT INTO numbers.presence (
    internal_number, place_id, active, online_from, online_to, aor, user_agent, key
)
SELECT
    p.internal_number,
    p.place_id,
    p.active,
    CAST(:next_as_of AS timestamptz),
    d.online_to,
    p.aor,
    p.user_agent,
    p.key
FROM delta AS d
INNER JOIN numbers.presence AS p
    ON
        d.internal_number = p.internal_number
        AND d.place_id = p.place_id
        AND d.active = p.active
        AND d.online_from = p.online_from
WHERE d.online_to IS NULL OR d.online_to > :next_as_of
