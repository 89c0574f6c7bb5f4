-- The contiguous ranges of the numbers at each hierarchy node: digits of one length, with or
-- without a plus, each one more than the one before. A number with * or # stands alone.
-- One row per range; gap is how many numbers are missing up to the next range of its kind.
WITH valued AS (
    SELECT
        n.hierarchy,
        n.internal_number,
        n.status,
        -- The length, below 0 with a plus; null for what has no value.
        CASE
            WHEN length(n.internal_number) > 18 OR n.internal_number ~ '[^0-9+]' THEN NULL
            WHEN starts_with(n.internal_number, '+') THEN -length(n.internal_number)
            ELSE length(n.internal_number)
        END AS kind
    FROM numbers.number AS n
    WHERE CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(n.hierarchy, :hierarchy)
),

-- In the numbers of one range, the value goes up as fast as the place does.
islands AS (
    SELECT
        v.*,
        CASE WHEN v.kind IS NOT NULL THEN CAST(v.internal_number AS bigint) END
        - row_number() OVER (
            PARTITION BY v.hierarchy, v.kind
            ORDER BY v.internal_number
        ) AS island
    FROM valued AS v
),

ranges AS (
    SELECT
        i.hierarchy,
        i.kind,
        min(i.internal_number) AS first,
        max(i.internal_number) AS last,
        count(*) AS size,
        count(*) FILTER (WHERE i.status = 'Available') AS available,
        count(*) FILTER (WHERE i.status = 'Used') AS used,
        count(*) FILTER (WHERE i.status = 'Used-Utility') AS used_utility,
        count(*) FILTER (WHERE i.status = 'Reserved') AS reserved,
        count(*) FILTER (WHERE i.status = 'Cooling') AS cooling
    FROM islands AS i
    GROUP BY
        i.hierarchy, i.kind, i.island, CASE WHEN i.kind IS NULL THEN i.internal_number END
)

SELECT
    r.hierarchy,
    r.first,
    r.last,
    r.size,
    r.available,
    r.used,
    r.used_utility,
    r.reserved,
    r.cooling,
    CASE
        WHEN r.kind IS NOT NULL
            THEN
                CAST(
                    lead(r.first) OVER (PARTITION BY r.hierarchy, r.kind ORDER BY r.first) AS bigint
                ) - CAST(r.last AS bigint) - 1
    END AS gap
FROM ranges AS r
ORDER BY r.hierarchy, r.kind, r.first
