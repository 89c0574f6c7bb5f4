-- A new plan of a connection takes the place of those that were not applied in full. What they
-- withheld stays told as withheld.
-- One row per plan superseded.
WITH superseded AS (
    UPDATE numbers.plan
    SET status = 'superseded'
    WHERE
        connection_id = :connection_id
        AND status IN ('open', 'withheld')
        AND snapshot_id IS NOT NULL
    RETURNING plan_id, applied_at
),

changes AS (
    UPDATE numbers.plan_change AS c
    SET status = 'superseded'
    FROM superseded AS s
    WHERE
        c.plan_id = s.plan_id AND c.status = 'open' AND s.applied_at IS NULL
)

SELECT s.plan_id FROM superseded AS s
