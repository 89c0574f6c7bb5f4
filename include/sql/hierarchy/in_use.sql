-- What keeps a hierarchy node from being deleted.
-- One row per kind of thing, with how many of it there are.
WITH node AS MATERIALIZED (
    SELECT h.hierarchy
    FROM numbers.hierarchy_node AS h
    WHERE h.hierarchy = :hierarchy
),

use AS (
    SELECT
        'nodes below it' AS what,
        count(*) AS times
    FROM node AS h
    INNER JOIN numbers.hierarchy_node AS b ON h.hierarchy = b.parent
    UNION ALL
    SELECT
        'numbers',
        count(*)
    FROM node AS h
    INNER JOIN numbers.number AS n ON h.hierarchy = n.hierarchy
    UNION ALL
    SELECT
        'connections',
        count(*)
    FROM node AS h
    INNER JOIN numbers.connection AS c ON h.hierarchy = c.hierarchy
    UNION ALL
    SELECT
        'places of devices',
        count(*)
    FROM node AS h
    INNER JOIN numbers.place AS l ON h.hierarchy = l.hierarchy
    UNION ALL
    SELECT
        'limits of users',
        count(*)
    FROM node AS h
    INNER JOIN numbers.user_limit AS u ON h.hierarchy = u.hierarchy
    UNION ALL
    SELECT
        'values of macros',
        count(*)
    FROM node AS h
    INNER JOIN numbers.macro AS m ON h.hierarchy = m.hierarchy AND m.valid_to IS NULL
)

SELECT
    u.what,
    u.times
FROM use AS u
WHERE u.times > 0
