-- How the newest list of a connection and what is online there differ.
-- One row per open interval that the list lacks, and per registration that the timeline lacks:
-- there online_from is null, and duplicates stay.
CREATE TEMPORARY TABLE delta ON COMMIT DROP AS
SELECT
    coalesce(p.internal_number, s.internal_number) AS internal_number,
    coalesce(p.place_id, s.place_id) AS place_id,
    coalesce(p.active, s.active) AS active,
    p.online_from,
    p.online_to,
    s.aor,
    s.user_agent
FROM (
    SELECT
        o.internal_number,
        o.place_id,
        o.active,
        o.online_from,
        o.online_to
    FROM numbers.presence AS o
    INNER JOIN numbers.place AS l ON o.place_id = l.place_id
    WHERE o.online_to IS NULL AND l.connection_id = :connection_id
) AS p
FULL JOIN numbers.stage_registration AS s
    ON
        p.internal_number = s.internal_number
        AND p.place_id = s.place_id
        AND p.active = s.active
WHERE p.internal_number IS NULL OR s.internal_number IS NULL
