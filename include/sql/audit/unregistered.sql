-- Numbers that AudioCodes holds in the inventory and that no connection lists.
-- One row per number.
INSERT INTO violation (rule, number_id, internal_number, hierarchy, detail)
WITH suspects AS (
    SELECT DISTINCT c.number_id
    FROM candidate AS c
    WHERE c.number_id IS NOT NULL
)

SELECT
    'audiocodes_is_registered',
    n.number_id,
    n.internal_number,
    n.hierarchy,
    coalesce(
        'last listed until ' || to_char(s.online_to, 'YYYY-MM-DD HH24:MI') || ' UTC',
        'never listed by any connection'
    )
FROM suspects AS d
INNER JOIN numbers.number AS n ON d.number_id = n.number_id
CROSS JOIN
    LATERAL (
        SELECT
            max(p.online_to) AS online_to,
            bool_or(p.online_to IS NULL) AS online
        FROM numbers.presence AS p
        INNER JOIN numbers.place AS l ON p.place_id = l.place_id
        WHERE
            p.internal_number = n.internal_number
            AND numbers.same_number(n.internal_number, l.hierarchy, n.hierarchy)
    ) AS s
WHERE s.online IS NOT TRUE
