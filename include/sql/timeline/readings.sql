-- The connections at a hierarchy node or below it, or all: the newest list that was laid into the
-- timeline of each, and how many hours old a list may be that removes numbers.
-- One row per connection; the list is null where there has never been one.
SELECT
    c.name AS connection,
    c.hierarchy,
    c.configured,
    c.purged_at,
    s.as_of,
    s.registered_users,
    s.rejected,
    s.node_counts,
    s.kind = 'purge' AS purge,
    numbers.guard_value(
        'audiocodes_list_max_age_hours',
        c.connection_id, c.hierarchy, :as_of, CAST(:defaults AS jsonb)
    ) AS most_hours
FROM numbers.connection AS c
LEFT JOIN LATERAL (
    SELECT
        l.as_of,
        l.kind,
        l.registered_users,
        l.rejected,
        l.node_counts
    FROM numbers.snapshot AS l
    WHERE l.connection_id = c.connection_id
    ORDER BY l.as_of DESC
    LIMIT 1
) AS s ON TRUE
WHERE CAST(:within AS text) IS NULL OR numbers.at_or_below(c.hierarchy, :within)
ORDER BY c.name
