-- The first run of consecutive numbers of a node that are available, that no device is listed with,
-- and that no distrusted list has had; without some that cannot be had.
-- One row, its first and its last number, or none.
WITH pool AS (
    SELECT
        n.internal_number,
        CAST(ltrim(n.internal_number, '+') AS bigint) AS value,
        length(n.internal_number) AS digits
    FROM numbers.guarded_number AS n
    WHERE
        n.hierarchy = :node
        AND n.status = 'Available'
        AND starts_with(n.internal_number, :prefix)
        AND n.internal_number ~ '^[+]?[0-9]+$'
        AND NOT (n.internal_number = ANY(CAST(:blocked AS text[])))
        AND NOT n.online
        AND NOT n.held
),

run AS (
    SELECT
        p.internal_number AS last_number,
        lag(p.internal_number, :wanted - 1) OVER same_form AS first_number,
        p.value - lag(p.value, :wanted - 1) OVER same_form AS span
    FROM pool AS p
    WINDOW
        same_form AS (
            PARTITION BY starts_with(p.internal_number, '+'), p.digits
            ORDER BY p.internal_number
        )
)

SELECT
    r.first_number,
    r.last_number
FROM run AS r
WHERE r.span = :wanted - 1
ORDER BY r.first_number
LIMIT 1
