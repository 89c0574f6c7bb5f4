-- The list of a connection for an instant.
-- One row or none.
SELECT
    s.snapshot_id,
    s.sha256
FROM numbers.snapshot AS s
WHERE s.connection_id = :connection_id AND s.as_of = :as_of
