-- The instant of the event that was recorded last.
-- One row or none.
SELECT e.as_of
FROM numbers.number_event AS e
ORDER BY e.event_id DESC
LIMIT 1
