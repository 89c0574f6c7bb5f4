-- Active registrations whose number no AudioCodes row of the inventory holds.
-- One row per number, hierarchy node and connection.
INSERT INTO violation (rule, number_id, internal_number, hierarchy, detail)
WITH suspects AS (
    SELECT DISTINCT
        c.internal_number,
        l.hierarchy,
        k.name AS connection
    FROM candidate AS c
    INNER JOIN numbers.place AS l ON c.place_id = l.place_id
    INNER JOIN numbers.connection AS k ON l.connection_id = k.connection_id
    WHERE c.active
)

SELECT
    'registration_has_its_row',
    m.number_id,
    s.internal_number,
    s.hierarchy,
    concat(
        'registered at ',
        s.connection,
        '; ',
        coalesce(m.state, 'not in the inventory')
    )
FROM suspects AS s
CROSS JOIN
    LATERAL (
        SELECT
            min(n.number_id) AS number_id,
            string_agg(
                concat_ws(' / ', n.status, n.usage, n.vendor) || ' at ' || n.hierarchy,
                ', ' ORDER BY n.hierarchy
            ) AS state,
            bool_or(n.status = 'Used' AND n.vendor IS NOT DISTINCT FROM 'AudioCodes') AS held
        FROM numbers.number AS n
        WHERE n.internal_number = s.internal_number AND numbers.related(n.hierarchy, s.hierarchy)
    ) AS m
WHERE m.held IS NOT TRUE
