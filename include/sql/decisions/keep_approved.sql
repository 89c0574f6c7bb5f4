-- Of the removals of a plan, leave those that a person approved: the others wait for the next list.
-- One row per removal left out.
UPDATE numbers.plan_change AS n
SET status = 'superseded'
WHERE
    n.plan_id = :later
    AND n.kind IN ('cool', 'free')
    AND n.status = 'open'
    AND NOT numbers.is_withheld(:plan_id, n.number_id)
