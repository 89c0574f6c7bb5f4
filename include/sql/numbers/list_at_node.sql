-- The next page of the numbers at a hierarchy node and below it that fit filters, in their order.
-- Every node holds its numbers by status in this order, a pool each: a page of n numbers is among
-- the first n of the n pools that begin lowest, however many numbers lie elsewhere in between.
-- One row per number and hierarchy node.
WITH pool AS MATERIALIZED (
    SELECT
        h.hierarchy,
        s.status
    FROM numbers.hierarchy_node AS h
    CROSS JOIN unnest(CAST(:statuses AS text[])) AS s (status)
    WHERE numbers.at_or_below(h.hierarchy, :hierarchy)
),

lowest AS MATERIALIZED (
    SELECT
        p.hierarchy,
        p.status,
        f.internal_number
    FROM pool AS p
    CROSS JOIN
        LATERAL (
            SELECT n.internal_number
            FROM numbers.number AS n
            WHERE
                n.hierarchy = p.hierarchy
                AND n.status = p.status
                AND n.internal_number >= :after_number
                AND (n.internal_number > :after_number OR p.hierarchy > :after_hierarchy)
                AND starts_with(n.internal_number, :prefix)
                AND (CAST(:vendor AS text) IS NULL OR n.vendor = :vendor)
                AND (CAST(:usage AS text) IS NULL OR n.usage = :usage)
                AND right(n.internal_number, length(:ending)) = :ending
            ORDER BY n.internal_number
            LIMIT 1
        ) AS f
    ORDER BY f.internal_number, p.hierarchy
    LIMIT :page_length
),

-- Where one of the two lowest pools has a whole page, nothing behind its last number is of this
-- one; else the bound lies behind all numbers.
bound AS MATERIALIZED (
    SELECT coalesce(min(f.internal_number), '~') AS internal_number
    FROM (
        SELECT *
        FROM lowest
        ORDER BY internal_number, hierarchy
        LIMIT 2
    ) AS l
    CROSS JOIN
        LATERAL (
            SELECT n.internal_number
            FROM numbers.number AS n
            WHERE
                n.hierarchy = l.hierarchy
                AND n.status = l.status
                AND n.internal_number >= l.internal_number
                AND starts_with(n.internal_number, :prefix)
                AND (CAST(:vendor AS text) IS NULL OR n.vendor = :vendor)
                AND (CAST(:usage AS text) IS NULL OR n.usage = :usage)
                AND right(n.internal_number, length(:ending)) = :ending
            ORDER BY n.internal_number
            LIMIT 1 OFFSET :page_length - 1
        ) AS f
),

page AS MATERIALIZED (
    SELECT
        f.internal_number,
        l.hierarchy
    FROM bound AS b
    INNER JOIN lowest AS l ON b.internal_number >= l.internal_number
    CROSS JOIN
        LATERAL (
            SELECT n.internal_number
            FROM numbers.number AS n
            WHERE
                n.hierarchy = l.hierarchy
                AND n.status = l.status
                AND n.internal_number >= l.internal_number
                AND n.internal_number <= b.internal_number
                AND starts_with(n.internal_number, :prefix)
                AND (CAST(:vendor AS text) IS NULL OR n.vendor = :vendor)
                AND (CAST(:usage AS text) IS NULL OR n.usage = :usage)
                AND right(n.internal_number, length(:ending)) = :ending
            ORDER BY n.internal_number
            LIMIT :page_length
        ) AS f
    ORDER BY f.internal_number, l.hierarchy
    LIMIT :page_length
)

SELECT
    n.internal_number,
    n.hierarchy,
    n.status,
    n.usage,
    n.vendor,
    n.subscriber,
    n.tag,
    n.release_date,
    n.description,
    n.e164_number,
    n.reservation_notes,
    n.extra
FROM page AS p
INNER JOIN numbers.number AS n
    ON p.internal_number = n.internal_number AND p.hierarchy = n.hierarchy
ORDER BY n.internal_number, n.hierarchy
