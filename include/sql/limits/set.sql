-- Limit a user to a hierarchy node.
-- One row.
INSERT INTO numbers.user_limit (username, hierarchy, set_by)
VALUES (:username, :hierarchy, :actor)
ON CONFLICT (username) DO UPDATE
    SET hierarchy = excluded.hierarchy, set_by = excluded.set_by, set_at = clock_timestamp()
