-- Record that a connection is configured, and where.
-- One row per connection that is new or has moved.
INSERT INTO numbers.connection AS c (name, hierarchy)
VALUES (:name, :hierarchy)
ON CONFLICT (name) DO UPDATE
    SET hierarchy = excluded.hierarchy, configured = TRUE
    WHERE c.hierarchy <> excluded.hierarchy OR NOT c.configured
