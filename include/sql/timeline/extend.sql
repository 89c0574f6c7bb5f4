-- Begin an interval earlier, where this late list already had what the next one was first to have.
-- One row per interval extended; begin.sql has no more to do with it.
WITH extended AS (
    UPDATE numbers.presence AS p
    SET online_from = :as_of
    FROM delta AS d
    WHERE
        d.online_from IS NULL
        AND p.internal_number = d.internal_number
        AND p.place_id = d.place_id
        AND p.active = d.active
        AND p.online_from = :next_as_of
    RETURNING p.internal_number, p.place_id, p.active
)

DELETE FROM delta AS d
USING extended AS e
WHERE
    d.online_from IS NULL
    AND d.internal_number = e.internal_number
    AND d.place_id = e.place_id
    AND d.active = e.active
