-- End the intervals that this list lacks, at its instant.
-- One row per interval ended.
UPDATE numbers.presence AS p
SET online_to = :as_of
FROM delta AS d
WHERE
    p.internal_number = d.internal_number
    AND p.place_id = d.place_id
    AND p.active = d.active
    AND p.online_from = d.online_from
