-- The pool of each hierarchy node, Available at it and below it: how it is at an instant, and how
-- use changed it on each of the days of 24 hours before, the last of which is the day 0.
-- One row per hierarchy node with numbers, the days without a change left out. Numbers that were
-- added, deleted or moved are no use: they count for the pool, and not for its changes.
WITH scanned AS (
    SELECT
        e.hierarchy,
        CASE
            WHEN e.as_of > :as_of THEN 'infinity'
            WHEN e.as_of <= :since THEN '-infinity'
            ELSE date_bin('1 day', e.as_of, CAST(:since AS timestamptz) + INTERVAL '1 microsecond')
        END AS bin,
        min(e.as_of) AS first,
        count(*) FILTER (WHERE e.to_status = 'Available')
        - count(*) FILTER (WHERE e.from_status = 'Available') AS gained,
        count(*) FILTER (WHERE e.to_status = 'Available' AND e.from_status IS NOT NULL)
        - count(*) FILTER (WHERE e.from_status = 'Available' AND e.to_status IS NOT NULL)
            AS change,
        count(e.to_status) - count(e.from_status) AS added
    FROM numbers.number_event AS e
    WHERE CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(e.hierarchy, :hierarchy)
    GROUP BY e.hierarchy, bin
),

own AS (
    SELECT
        n.hierarchy,
        CAST('infinity' AS timestamptz) AS bin,
        CAST(NULL AS timestamptz) AS first,
        count(*) FILTER (WHERE n.status = 'Available') AS available,
        count(*) AS total,
        0 AS change
    FROM numbers.number AS n
    WHERE CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(n.hierarchy, :hierarchy)
    GROUP BY n.hierarchy
    UNION ALL
    SELECT
        s.hierarchy,
        s.bin,
        s.first,
        CASE WHEN s.bin = 'infinity' THEN -s.gained ELSE 0 END AS available,
        CASE WHEN s.bin = 'infinity' THEN -s.added ELSE 0 END AS total,
        s.change
    FROM scanned AS s
),

below AS (
    SELECT
        p.node AS hierarchy,
        o.bin,
        min(o.first) AS first,
        sum(o.available) AS available,
        sum(o.total) AS total,
        sum(o.change) AS change
    FROM own AS o
    CROSS JOIN unnest(numbers.hierarchy_path(o.hierarchy)) AS p (node)
    GROUP BY p.node, o.bin
),

pools AS (
    SELECT
        b.hierarchy,
        CAST(sum(b.available) AS bigint) AS available,
        sum(b.total) AS total,
        min(b.first) AS first,
        array_agg(
            CAST(floor(extract(EPOCH FROM CAST(:as_of AS timestamptz) - b.bin) / 86400) AS integer)
        ) FILTER (WHERE isfinite(b.bin) AND b.change <> 0) AS days,
        array_agg(CAST(b.change AS integer)) FILTER (WHERE isfinite(b.bin) AND b.change <> 0)
            AS changes
    FROM below AS b
    GROUP BY b.hierarchy
)

SELECT
    p.hierarchy,
    p.available,
    p.first,
    coalesce(p.days, '{}') AS days,
    coalesce(p.changes, '{}') AS changes
FROM pools AS p
INNER JOIN numbers.hierarchy_node AS h ON p.hierarchy = h.hierarchy
WHERE
    p.total > 0
    AND (CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(p.hierarchy, :hierarchy))
ORDER BY p.hierarchy
