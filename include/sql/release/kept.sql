-- Numbers that are due and were not released, by what keeps them.
-- One row per reason.
WITH listed AS (
    SELECT
        n.number_id,
        n.release_date,
        l.connection_id,
        l.node,
        p.online_to
    FROM numbers.number AS n
    INNER JOIN numbers.presence AS p ON n.internal_number = p.internal_number
    INNER JOIN numbers.place AS l
        ON p.place_id = l.place_id AND numbers.related(l.hierarchy, n.hierarchy)
    WHERE n.release_date <= :as_of AND n.status IN ('Cooling', 'Reserved')
),

reasons AS (
    SELECT
        l.number_id,
        CASE
            WHEN l.online_to IS NULL THEN 1
            WHEN EXISTS (
                SELECT FROM numbers.hold AS h
                WHERE
                    h.connection_id = l.connection_id
                    AND h.until IS NULL
                    AND (h.node IS NULL OR h.node = l.node)
            ) THEN 2
            ELSE 3
        END AS reason
    FROM listed AS l
),

kept AS (
    SELECT
        r.number_id,
        min(r.reason) AS reason
    FROM reasons AS r
    GROUP BY r.number_id
)

SELECT
    CASE k.reason
        WHEN 1 THEN 'online'
        WHEN 2 THEN 'in a hold'
        ELSE 'absence not confirmed'
    END AS reason,
    count(*) AS numbers
FROM kept AS k
GROUP BY k.reason
ORDER BY k.reason
