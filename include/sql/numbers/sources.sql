-- The connections that could list a number of a hierarchy node, or have listed it: when each was
-- read last, and what is distrusted of it near that node. What a hold says in figures is null where
-- its connection lies outside of the limit of a user.
-- One row per connection and hold.
WITH source AS (
    SELECT
        c.connection_id,
        c.name,
        c.hierarchy,
        c.configured,
        CAST(:user_limit AS text) IS NULL
        OR numbers.at_or_below(c.hierarchy, :user_limit) AS is_seen,
        (
            SELECT s.as_of
            FROM numbers.snapshot AS s
            WHERE s.connection_id = c.connection_id
            ORDER BY s.as_of DESC
            LIMIT 1
        ) AS read_at,
        exists(
            SELECT FROM numbers.presence AS p
            INNER JOIN numbers.place AS l ON p.place_id = l.place_id
            WHERE
                p.internal_number = :internal_number
                AND l.connection_id = c.connection_id
                AND (
                    numbers.related(l.hierarchy, :hierarchy)
                    OR (CAST(:user_limit AS text) IS NULL AND starts_with(:internal_number, '+'))
                )
        ) AS has_listed
    FROM numbers.connection AS c
    WHERE c.purged_at IS NULL
)

SELECT
    s.name AS connection,
    s.read_at,
    h.node AS held_node,
    h.since AS held_since,
    CASE WHEN s.is_seen THEN h.clears END AS clears,
    CASE
        WHEN s.is_seen AND (h.rule <> 'overall' OR CAST(:user_limit AS text) IS NULL)
            THEN h.reason
    END AS reason
FROM source AS s
LEFT JOIN numbers.hold AS h
    ON
        s.connection_id = h.connection_id
        AND h.until IS NULL
        AND EXISTS (
            SELECT FROM numbers.place AS l
            WHERE
                l.connection_id = h.connection_id
                AND (h.node IS NULL OR h.node = l.node)
                AND numbers.related(l.hierarchy, :hierarchy)
        )
WHERE s.has_listed OR (s.configured AND numbers.related(s.hierarchy, :hierarchy))
ORDER BY s.name, h.node NULLS FIRST
