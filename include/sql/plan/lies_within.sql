-- Whether a plan is of a connection at a hierarchy node or below it; wholly, whether all that it
-- wants changed is there as well.
-- One row.
SELECT
    numbers.at_or_below(c.hierarchy, :within)
    AND NOT (
        :wholly
        AND EXISTS (
            SELECT FROM numbers.plan_change AS w
            WHERE
                w.plan_id = p.plan_id
                AND w.status IN ('open', 'withheld')
                AND NOT numbers.at_or_below(w.hierarchy, :within)
        )
    ) AS lies_within
FROM numbers.plan AS p
INNER JOIN numbers.connection AS c ON p.connection_id = c.connection_id
WHERE p.plan_id = :plan_id
