-- Where a number has been listed, at its hierarchy node, above it or below it, and from when to
-- when; the end is null where it still is. A number that waits for its release date rests for the
-- days that were in force when a stay ended, or a hold in which it was away, as numbers.due_number
-- has it.
-- One row per stay at a place, the newest first.
SELECT
    c.name AS connection,
    l.node,
    p.aor,
    p.active,
    p.online_from,
    p.online_to,
    d.until AS held_until,
    CASE
        WHEN CAST(:due AS timestamptz) IS NOT NULL
            THEN
                greatest(
                    p.online_to + make_interval(
                        hours => 24 * coalesce(
                            numbers.macro_value(
                                'audiocodes_cooling_duration', :hierarchy, p.online_to
                            ),
                            :default_days
                        )
                    ),
                    d.rests_until
                )
    END AS rests_until
FROM numbers.presence AS p
INNER JOIN numbers.place AS l ON p.place_id = l.place_id
INNER JOIN numbers.connection AS c ON l.connection_id = c.connection_id
LEFT JOIN LATERAL (
    SELECT
        max(h.until) AS until,
        max(
            h.until + make_interval(
                hours => 24 * coalesce(
                    numbers.macro_value('audiocodes_cooling_duration', :hierarchy, h.until),
                    :default_days
                )
            )
        ) AS rests_until
    FROM numbers.hold AS h
    WHERE
        h.until > p.online_to
        AND (
            numbers.could_have(h.connection_id, h.node, :hierarchy)
            OR numbers.could_have(
                h.connection_id,
                h.node,
                CASE
                    WHEN numbers.related(l.hierarchy, :hierarchy) THEN :hierarchy
                    ELSE l.hierarchy
                END
            )
        )
) AS d ON CAST(:due AS timestamptz) IS NOT NULL
WHERE
    p.internal_number = :internal_number
    AND (
        numbers.related(l.hierarchy, :hierarchy)
        -- A whole number is one anywhere; where else is not for a user with a limit.
        OR (CAST(:user_limit AS text) IS NULL AND starts_with(:internal_number, '+'))
    )
ORDER BY
    p.online_to DESC NULLS FIRST,
    p.online_from DESC,
    c.name ASC,
    l.node ASC,
    p.active DESC,
    p.aor ASC
LIMIT 200
