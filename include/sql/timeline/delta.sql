-- How the newest list of a connection and what is online there differ.
-- One row per open interval that the list lacks, and per key that the timeline lacks: that has the
-- line of the landed file where the list has it first.
CREATE TEMPORARY TABLE delta ON COMMIT DROP AS
SELECT
    p.internal_number,
    p.place_id,
    p.active,
    p.online_from,
    p.online_to,
    coalesce(p.key, s.key) AS key,
    min(s.line) AS line
FROM (
    SELECT
        o.internal_number,
        o.place_id,
        o.active,
        o.online_from,
        o.online_to,
        o.key
    FROM numbers.presence AS o
    INNER JOIN numbers.place AS l ON o.place_id = l.place_id
    WHERE o.online_to IS NULL AND l.connection_id = :connection_id
) AS p
FULL JOIN stage_registration AS s ON p.key = s.key
WHERE p.key IS NULL OR s.key IS NULL
GROUP BY 1, 2, 3, 4, 5, 6
