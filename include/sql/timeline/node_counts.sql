-- How many numbers were listed at each SBC node of a connection at an instant.
-- One row: a JSON object from node to count.
SELECT coalesce(jsonb_object_agg(c.node, c.numbers), '{}')
FROM (
    SELECT
        l.node,
        sum(o.numbers) AS numbers
    FROM (
        SELECT
            p.place_id,
            count(*) AS numbers
        FROM numbers.presence AS p
        WHERE
            p.online_from <= :as_of
            AND (p.online_to IS NULL OR p.online_to > :as_of)
        GROUP BY p.place_id
    ) AS o
    INNER JOIN numbers.place AS l ON o.place_id = l.place_id
    WHERE l.connection_id = :connection_id
    GROUP BY l.node
) AS c
