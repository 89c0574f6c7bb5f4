-- End the holds of a connection whose scope is well again: all but those named.
-- One row per hold ended.
UPDATE numbers.hold AS h
SET until = :as_of, ended_by = :ended_by
WHERE
    h.connection_id = :connection_id
    AND h.until IS NULL
    AND NOT (h.node IS NULL AND :whole)
    AND NOT coalesce(h.node = ANY(CAST(:nodes AS text[])), FALSE)
