-- Mark a connection as purged: its silence keeps no number.
-- One row.
UPDATE numbers.connection
SET purged_at = :as_of
WHERE connection_id = :connection_id
