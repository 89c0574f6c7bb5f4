-- Where a number is online now, at its hierarchy node, above or below it.
-- One row per place and AOR.
SELECT
    c.name AS connection,
    l.node,
    l.ip_group,
    p.aor,
    p.user_agent,
    p.active,
    p.online_from AS since
FROM numbers.presence AS p
INNER JOIN numbers.place AS l ON p.place_id = l.place_id
INNER JOIN numbers.connection AS c ON l.connection_id = c.connection_id
WHERE
    p.online_to IS NULL
    AND p.internal_number = :internal_number
    AND (
        numbers.related(l.hierarchy, :hierarchy)
        -- A whole number is one anywhere; where else is not for a user with a limit.
        OR (CAST(:user_limit AS text) IS NULL AND starts_with(:internal_number, '+'))
    )
ORDER BY c.name, l.node, l.ip_group, p.active, p.aor
