-- What the newest plan of each connection reports: numbers that are online although another
-- consumer holds them, or although the inventory has them at several nodes; and since when.
-- One row per connection, number, hierarchy node and kind.
WITH planned AS (
    SELECT
        p.plan_id,
        p.connection_id,
        p.as_of,
        row_number() OVER (PARTITION BY p.connection_id ORDER BY p.plan_id DESC) AS age
    FROM numbers.plan AS p
    WHERE p.as_of <= :as_of
),

reported AS (
    SELECT
        p.connection_id,
        p.as_of,
        p.age,
        c.kind,
        c.number_id,
        c.internal_number,
        c.hierarchy,
        c.reason,
        row_number() OVER (
            PARTITION BY p.connection_id, c.internal_number, c.hierarchy, c.kind
            ORDER BY p.age
        ) AS nth
    FROM planned AS p
    INNER JOIN numbers.plan_change AS c ON p.plan_id = c.plan_id
    WHERE
        c.kind IN ('conflict', 'ambiguous')
        AND (CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(c.hierarchy, :hierarchy))
),

-- Reported by the newest plan, and by each one before it down to this one.
unbroken AS (
    SELECT
        r.*,
        min(r.as_of) OVER (
            PARTITION BY r.connection_id, r.internal_number, r.hierarchy, r.kind
        ) AS since
    FROM reported AS r
    WHERE r.age = r.nth
)

SELECT
    u.internal_number,
    u.hierarchy,
    u.kind,
    n.status,
    n.usage,
    n.vendor,
    n.subscriber,
    u.reason,
    u.since,
    c.name AS connection
FROM unbroken AS u
INNER JOIN numbers.connection AS c ON u.connection_id = c.connection_id
LEFT JOIN numbers.number AS n ON u.number_id = n.number_id
WHERE u.age = 1
ORDER BY u.internal_number, u.hierarchy, c.name, u.kind
