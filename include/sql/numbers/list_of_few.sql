-- The next page of the numbers that fit filters of which few numbers fit one: they end with some
-- digits, or as an AOR does that they are listed with, or their tag begins so.
-- These are found in its index, and sorted then: no planner knows enough of endings, or of tags at
-- a hierarchy node, to choose between that and the order of all numbers.
-- One row per number and hierarchy node.
WITH few AS MATERIALIZED (
    SELECT
        n.internal_number,
        n.hierarchy
    FROM numbers.number AS n
    WHERE
        (
            CAST(:ending AS text) IS NULL
            OR starts_with(reverse(n.internal_number), reverse(:ending))
        )
        AND (CAST(:prefix AS text) IS NULL OR starts_with(n.internal_number, :prefix))
        AND (
            CAST(:at_or_below AS text) IS NULL
            OR coalesce(numbers.at_or_below(n.hierarchy, :at_or_below), FALSE)
        )
        AND (CAST(:statuses AS text[]) IS NULL OR n.status = ANY(CAST(:statuses AS text[])))
        AND (CAST(:vendor AS text) IS NULL OR n.vendor = :vendor)
        AND (CAST(:usage AS text) IS NULL OR n.usage = :usage)
        AND (CAST(:subscriber AS text) IS NULL OR n.subscriber = :subscriber)
        AND (
            CAST(:release_from AS timestamptz) IS NULL
            OR n.release_date >= CAST(:release_from AS timestamptz)
        )
        AND (
            CAST(:release_before AS timestamptz) IS NULL
            OR n.release_date < CAST(:release_before AS timestamptz)
        )
        AND (
            CAST(:aor AS text) IS NULL
            OR (
                (CAST(:aor_number AS text) IS NULL OR n.internal_number = :aor_number)
                AND starts_with(reverse(n.internal_number), reverse(:aor_ending))
                AND EXISTS (
                    SELECT FROM numbers.presence AS p
                    INNER JOIN numbers.place AS l ON p.place_id = l.place_id
                    WHERE
                        p.online_to IS NULL
                        AND p.internal_number = n.internal_number
                        AND numbers.related(l.hierarchy, n.hierarchy)
                        AND starts_with(
                            lower(
                                regexp_replace(p.aor, '^([^<]*<)?((sips?|tel):)?', '', 'i') || '@'
                            ),
                            :aor
                        )
                )
            )
        )
        AND (CAST(:tag AS text) IS NULL OR starts_with(n.tag COLLATE "C", :tag))
),

page AS MATERIALIZED (
    SELECT
        f.internal_number,
        f.hierarchy
    FROM few AS f
    WHERE (f.internal_number, f.hierarchy) > (:after_number, :after_hierarchy)
    ORDER BY f.internal_number, f.hierarchy
    LIMIT :page_length
)

SELECT
    n.internal_number,
    n.hierarchy,
    n.status,
    n.usage,
    n.vendor,
    n.subscriber,
    n.tag,
    n.release_date,
    n.description,
    n.e164_number,
    n.reservation_notes,
    n.extra
FROM page AS p
INNER JOIN numbers.number AS n
    ON p.internal_number = n.internal_number AND p.hierarchy = n.hierarchy
ORDER BY n.internal_number, n.hierarchy
