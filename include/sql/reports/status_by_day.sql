-- How many numbers had each status at each of some instants, and how many conflicts a plan found
-- then: what is so today, with the events after that instant taken back.
-- One row per instant. Events must have happened in the order of their instants.
WITH changed AS (
    SELECT
        e.as_of,
        s.status,
        sum(s.numbers) AS numbers
    FROM numbers.number_event AS e
    CROSS JOIN LATERAL (VALUES (e.from_status, 1), (e.to_status, -1)) AS s (status, numbers)
    WHERE s.status IS NOT NULL
    GROUP BY e.as_of, s.status
),

counted AS (
    SELECT
        CAST('infinity' AS timestamptz) AS as_of,
        n.status,
        count(*) AS numbers
    FROM numbers.number AS n
    GROUP BY n.status
    UNION ALL
    SELECT
        c.as_of,
        c.status,
        c.numbers
    FROM changed AS c
),

conflicts AS (
    SELECT
        p.as_of,
        count(DISTINCT concat_ws(' ', c.internal_number, c.hierarchy)) AS numbers
    FROM numbers.plan AS p
    INNER JOIN numbers.plan_change AS c ON p.plan_id = c.plan_id
    WHERE c.kind = 'conflict'
    GROUP BY p.as_of
)

SELECT
    i.as_of,
    coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Available'), 0) AS available,
    coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Used'), 0) AS used,
    coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Used-Utility'), 0) AS used_utility,
    coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Reserved'), 0) AS reserved,
    coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Cooling'), 0) AS cooling,
    coalesce(max(f.numbers), 0) AS conflicts
FROM unnest(CAST(:instants AS timestamptz[])) AS i (as_of)
INNER JOIN counted AS c ON i.as_of < c.as_of
LEFT JOIN conflicts AS f ON i.as_of = f.as_of
GROUP BY i.as_of
ORDER BY i.as_of
