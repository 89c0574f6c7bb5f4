-- What a later plan withholds or wants, and the plan that a person decided on did not withhold.
-- One row.
SELECT count(*) AS numbers
FROM numbers.plan_change AS n
WHERE
    n.plan_id = :later
    AND n.kind IN ('cool', 'free')
    AND n.status = ANY(CAST(:statuses AS text[]))
    AND NOT numbers.is_withheld(:plan_id, n.number_id)
