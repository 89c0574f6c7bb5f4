-- Numbers that are due and were not released, by what keeps them.
-- One row per reason.
SELECT
    d.kept_by AS reason,
    count(*) AS numbers
FROM numbers.due_number(:as_of, :default_days) AS d
WHERE d.kept_by IS NOT NULL
GROUP BY d.kept_by
ORDER BY d.kept_by
