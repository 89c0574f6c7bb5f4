-- Begin an interval earlier, where this late list already had what the next one was first to have.
-- One row per interval extended; it is new no longer.
WITH extended AS (
    UPDATE numbers.presence AS p
    SET online_from = :as_of
    FROM delta AS d
    WHERE d.line IS NOT NULL AND p.key = d.key AND p.online_from = :next_as_of
    RETURNING p.key
)

DELETE FROM delta AS d
USING extended AS e
WHERE d.line IS NOT NULL AND d.key = e.key
