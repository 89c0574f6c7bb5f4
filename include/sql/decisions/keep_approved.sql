-- Of the removals of a plan, leave those that a person approved: the others wait for the next list.
-- One row per removal left out.
UPDATE numbers.plan_change AS n
SET status = 'superseded'
WHERE
    n.plan_id = :later
    AND n.kind IN ('cool', 'free')
    AND n.status = 'open'
    AND NOT EXISTS (
        SELECT FROM numbers.plan_change AS w
        WHERE
            w.plan_id = :plan_id
            AND w.status = 'withheld'
            AND w.number_id = n.number_id
    )
