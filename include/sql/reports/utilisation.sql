-- How many numbers had each status at an instant, at each hierarchy node and below it: what is so
-- today, with the events after that instant taken back.
-- One row per hierarchy node; own is at the node itself.
WITH changed AS (
    SELECT
        n.hierarchy,
        n.status,
        count(*) AS numbers
    FROM numbers.number AS n
    WHERE CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(n.hierarchy, :hierarchy)
    GROUP BY n.hierarchy, n.status
    UNION ALL
    SELECT
        e.hierarchy,
        s.status,
        sum(s.numbers) AS numbers
    FROM numbers.number_event AS e
    CROSS JOIN LATERAL (VALUES (e.from_status, 1), (e.to_status, -1)) AS s (status, numbers)
    WHERE
        e.as_of > :as_of
        AND s.status IS NOT NULL
        AND (CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(e.hierarchy, :hierarchy))
    GROUP BY e.hierarchy, s.status
),

own AS (
    SELECT
        c.hierarchy,
        coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Available'), 0) AS available,
        coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Used'), 0) AS used,
        coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Used-Utility'), 0) AS used_utility,
        coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Reserved'), 0) AS reserved,
        coalesce(sum(c.numbers) FILTER (WHERE c.status = 'Cooling'), 0) AS cooling,
        sum(c.numbers) AS total
    FROM changed AS c
    GROUP BY c.hierarchy
),

below AS (
    SELECT
        p.node AS hierarchy,
        sum(o.available) AS available,
        sum(o.used) AS used,
        sum(o.used_utility) AS used_utility,
        sum(o.reserved) AS reserved,
        sum(o.cooling) AS cooling,
        sum(o.total) AS total
    FROM own AS o
    CROSS JOIN unnest(numbers.hierarchy_path(o.hierarchy)) AS p (node)
    GROUP BY p.node
)

SELECT
    h.hierarchy,
    h.type,
    CAST(coalesce(b.available, 0) AS bigint) AS available,
    CAST(coalesce(b.used, 0) AS bigint) AS used,
    CAST(coalesce(b.used_utility, 0) AS bigint) AS used_utility,
    CAST(coalesce(b.reserved, 0) AS bigint) AS reserved,
    CAST(coalesce(b.cooling, 0) AS bigint) AS cooling,
    CAST(coalesce(b.total, 0) AS bigint) AS total,
    CAST(round(100 * b.available / nullif(b.total, 0), 1) AS double precision) AS available_percent,
    CAST(coalesce(o.available, 0) AS bigint) AS own_available,
    CAST(coalesce(o.used, 0) AS bigint) AS own_used,
    CAST(coalesce(o.used_utility, 0) AS bigint) AS own_used_utility,
    CAST(coalesce(o.reserved, 0) AS bigint) AS own_reserved,
    CAST(coalesce(o.cooling, 0) AS bigint) AS own_cooling,
    CAST(coalesce(o.total, 0) AS bigint) AS own_total,
    CAST(
        round(100 * o.available / nullif(o.total, 0), 1) AS double precision
    ) AS own_available_percent
FROM numbers.hierarchy_node AS h
LEFT JOIN below AS b ON h.hierarchy = b.hierarchy
LEFT JOIN own AS o ON h.hierarchy = o.hierarchy
WHERE CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(h.hierarchy, :hierarchy)
ORDER BY h.hierarchy
