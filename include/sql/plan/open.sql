-- Begin a plan.
-- One row, its id.
INSERT INTO numbers.plan (connection_id, snapshot_id, as_of)
VALUES (:connection_id, :snapshot_id, :as_of)
RETURNING plan_id
