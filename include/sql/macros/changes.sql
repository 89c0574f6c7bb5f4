-- What changed in the macros at a hierarchy node, above it and below it, the newest first.
-- One row per change: a value that was set, or one that was cleared.
WITH named AS (
    SELECT
        m.name,
        m.hierarchy,
        m.value,
        m.valid_from,
        m.valid_to,
        m.set_by,
        m.ended_by,
        lag(m.value) OVER history AS value_before,
        lag(m.valid_to) OVER history AS before_to,
        lead(m.valid_from) OVER history AS next_from
    FROM numbers.macro AS m
    WHERE
        numbers.related(m.hierarchy, :hierarchy)
        AND (CAST(:within AS text) IS NULL OR numbers.at_or_below(m.hierarchy, :within))
        AND (CAST(:name AS text) IS NULL OR m.name = :name)
    WINDOW history AS (PARTITION BY m.name, m.hierarchy ORDER BY m.valid_from)
),

change AS (
    SELECT
        n.name,
        n.hierarchy,
        n.valid_from AS at,
        n.set_by AS actor,
        CASE WHEN n.before_to = n.valid_from THEN n.value_before END AS before,
        n.value AS after
    FROM named AS n
    UNION ALL
    SELECT
        n.name,
        n.hierarchy,
        n.valid_to,
        n.ended_by,
        n.value,
        NULL
    FROM named AS n
    WHERE n.valid_to IS NOT NULL AND n.valid_to IS DISTINCT FROM n.next_from
)

SELECT
    c.name,
    c.hierarchy,
    c.at,
    c.actor,
    c.before,
    c.after
FROM change AS c
ORDER BY c.at DESC, c.name ASC, c.hierarchy ASC
LIMIT :page_length OFFSET :skip
