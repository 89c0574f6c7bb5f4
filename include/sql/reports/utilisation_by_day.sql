-- How many numbers had each status at the end of each of some days, at a hierarchy node and below
-- it: what is so today, with the events of later days taken back, and those after an instant.
-- One row per day in UTC. Events must have happened in the order of their instants.
WITH changed AS (
    SELECT
        CAST('infinity' AS date) AS day,
        n.status,
        count(*) AS numbers
    FROM numbers.number AS n
    WHERE CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(n.hierarchy, :hierarchy)
    GROUP BY n.status
    UNION ALL
    SELECT
        e.day,
        s.status,
        sum(s.numbers * e.events) AS numbers
    FROM (
        SELECT
            c.from_status,
            c.to_status,
            CASE
                WHEN c.as_of > :as_of THEN CAST('infinity' AS date)
                ELSE CAST(c.as_of AT TIME ZONE 'UTC' AS date)
            END AS day,
            count(*) AS events
        FROM numbers.number_event AS c
        WHERE
            c.as_of >= CAST(:since AS date) AT TIME ZONE 'UTC'
            AND (CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(c.hierarchy, :hierarchy))
        GROUP BY c.from_status, c.to_status, day
    ) AS e
    CROSS JOIN LATERAL (VALUES (e.from_status, 1), (e.to_status, -1)) AS s (status, numbers)
    WHERE s.status IS NOT NULL
    GROUP BY e.day, s.status
),

counted AS (
    SELECT
        d.day,
        coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Available'), 0) AS available,
        coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Used'), 0) AS used,
        coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Used-Utility'), 0) AS used_utility,
        coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Reserved'), 0) AS reserved,
        coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Cooling'), 0) AS cooling,
        coalesce(sum(c.numbers), 0) AS total
    FROM unnest(CAST(:dates AS date[])) AS d (day)
    LEFT JOIN changed AS c ON d.day < c.day
    GROUP BY d.day
)

SELECT
    t.day,
    CAST(t.available AS bigint) AS available,
    CAST(t.used AS bigint) AS used,
    CAST(t.used_utility AS bigint) AS used_utility,
    CAST(t.reserved AS bigint) AS reserved,
    CAST(t.cooling AS bigint) AS cooling,
    CAST(t.total AS bigint) AS total,
    CAST(round(100 * t.available / nullif(t.total, 0), 1) AS double precision) AS available_percent
FROM counted AS t
ORDER BY t.day
