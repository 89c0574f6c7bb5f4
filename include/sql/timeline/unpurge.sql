-- A list read after the purge brings a connection back.
-- One row or none.
UPDATE numbers.connection
SET purged_at = NULL
WHERE connection_id = :connection_id AND purged_at < :as_of
