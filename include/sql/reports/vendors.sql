-- How many numbers each vendor held at an instant, at each hierarchy node: what is so today, with
-- the events after that instant taken back.
-- One row per hierarchy node and vendor, without those that held none there.
WITH changed AS (
    SELECT
        n.hierarchy,
        n.vendor,
        count(*) AS numbers
    FROM numbers.number AS n
    WHERE
        n.vendor IS NOT NULL
        AND (CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(n.hierarchy, :hierarchy))
    GROUP BY n.hierarchy, n.vendor
    UNION ALL
    SELECT
        e.hierarchy,
        v.vendor,
        sum(v.numbers) AS numbers
    FROM numbers.number_event AS e
    CROSS JOIN LATERAL (VALUES (e.from_vendor, 1), (e.to_vendor, -1)) AS v (vendor, numbers)
    WHERE
        e.as_of > :as_of
        AND v.vendor IS NOT NULL
        AND (CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(e.hierarchy, :hierarchy))
    GROUP BY e.hierarchy, v.vendor
)

SELECT
    c.hierarchy,
    c.vendor,
    CAST(sum(c.numbers) AS bigint) AS numbers
FROM changed AS c
GROUP BY c.hierarchy, c.vendor
HAVING sum(c.numbers) <> 0
ORDER BY c.hierarchy, c.vendor
