-- How many numbers cool until which day, and how many of them should have been released before an
-- instant.
-- One row per day in UTC and hierarchy node.
SELECT
    CAST(n.release_date AT TIME ZONE 'UTC' AS date) AS release_day,
    n.hierarchy,
    count(*) AS numbers,
    count(*) FILTER (WHERE n.release_date < :as_of) AS overdue
FROM numbers.number AS n
WHERE
    n.status = 'Cooling'
    AND n.release_date IS NOT NULL
    AND (CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(n.hierarchy, :hierarchy))
GROUP BY 1, 2
ORDER BY 1, 2
