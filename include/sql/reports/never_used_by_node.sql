-- How many numbers of each hierarchy node nothing uses or has ever used since they were added.
-- One row per hierarchy node with numbers, its own alone.
WITH unused AS (
    SELECT
        n.hierarchy,
        count(*) AS numbers
    FROM numbers.number AS n
    WHERE
        n.status NOT IN ('Used', 'Used-Utility')
        AND (CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(n.hierarchy, :hierarchy))
        AND NOT EXISTS (
            SELECT FROM numbers.number_event AS e
            WHERE
                e.internal_number = n.internal_number
                AND e.number_id = n.number_id
                AND (
                    e.from_status IN ('Used', 'Used-Utility')
                    OR e.to_status IN ('Used', 'Used-Utility')
                )
        )
    GROUP BY n.hierarchy
),

counted AS (
    SELECT
        n.hierarchy,
        count(*) AS numbers
    FROM numbers.number AS n
    WHERE CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(n.hierarchy, :hierarchy)
    GROUP BY n.hierarchy
)

SELECT
    c.hierarchy,
    c.numbers AS total,
    coalesce(u.numbers, 0) AS never_used
FROM counted AS c
LEFT JOIN unused AS u ON c.hierarchy = u.hierarchy
ORDER BY c.hierarchy
