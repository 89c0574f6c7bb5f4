-- A plan that is made of no list, and proposes to end all registrations of a connection.
-- One row, its id.
INSERT INTO numbers.plan (connection_id, snapshot_id, as_of)
VALUES (:connection_id, NULL, :as_of)
RETURNING plan_id
