-- The intervals that a list would end, and the address that each was listed under.
-- One row per interval.
SELECT
    d.key,
    p.aor,
    p.internal_number,
    l.node
FROM delta AS d
INNER JOIN numbers.presence AS p
    ON
        d.internal_number = p.internal_number
        AND d.place_id = p.place_id
        AND d.active = p.active
        AND d.online_from = p.online_from
INNER JOIN numbers.place AS l ON p.place_id = l.place_id
