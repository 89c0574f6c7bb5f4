-- How many numbers were listed at each SBC node of a connection at an instant.
-- One row: a JSON object from node to count. A number in several IP groups of a node counts once;
-- only nodes with several places have to be looked at number by number.
WITH places AS (
    SELECT
        l.place_id,
        l.node,
        count(*) OVER (PARTITION BY l.node) AS siblings
    FROM numbers.place AS l
    WHERE l.connection_id = :connection_id
),

by_place AS (
    SELECT
        p.place_id,
        count(*) AS numbers
    FROM numbers.presence AS p
    WHERE
        p.online_from <= :as_of
        AND (p.online_to IS NULL OR p.online_to > :as_of)
        AND p.key <> all(CAST(:elsewhere AS uuid[]))
    GROUP BY p.place_id
),

by_node AS (
    SELECT
        l.node,
        b.numbers
    FROM by_place AS b
    INNER JOIN places AS l ON b.place_id = l.place_id
    WHERE l.siblings = 1
    UNION ALL
    SELECT
        l.node,
        count(DISTINCT p.internal_number)
    FROM numbers.presence AS p
    INNER JOIN places AS l ON p.place_id = l.place_id
    WHERE
        l.siblings > 1
        AND p.online_from <= :as_of
        AND (p.online_to IS NULL OR p.online_to > :as_of)
        AND p.key <> all(CAST(:elsewhere AS uuid[]))
    GROUP BY l.node
)

SELECT coalesce(jsonb_object_agg(n.node, n.numbers), '{}')
FROM by_node AS n
