-- What a later plan withholds or wants, and the plan that a person decided on did not withhold.
-- One row.
SELECT count(*) AS numbers
FROM numbers.plan_change AS n
WHERE
    n.plan_id = :later
    AND n.kind IN ('cool', 'free')
    AND n.status = ANY(CAST(:statuses AS text[]))
    AND NOT EXISTS (
        SELECT FROM numbers.plan_change AS w
        WHERE
            w.plan_id = :plan_id
            AND w.status = 'withheld'
            AND w.number_id = n.number_id
    )
