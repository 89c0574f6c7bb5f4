-- The first list of a connection after an instant.
-- One row: its instant, or null.
SELECT min(s.as_of)
FROM numbers.snapshot AS s
WHERE s.connection_id = :connection_id AND s.as_of > :as_of
