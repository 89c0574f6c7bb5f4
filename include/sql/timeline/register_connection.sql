-- Record that a connection is configured, where, and what its guard has of its own.
-- One row per connection that is new or has moved.
INSERT INTO numbers.connection AS c (name, hierarchy, guard)
VALUES (:name, :hierarchy, CAST(:guard AS jsonb))
ON CONFLICT (name) DO UPDATE
    SET hierarchy = excluded.hierarchy, guard = excluded.guard, configured = TRUE
    WHERE
    c.hierarchy <> excluded.hierarchy
    OR c.guard <> excluded.guard
    OR NOT c.configured
