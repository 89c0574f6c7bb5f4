-- The next page of the numbers that end with some digits and fit filters, in their order.
-- What ends so is found in an index that holds number and node, and sorted then: no planner knows
-- enough of endings to choose between that and the order of all numbers.
-- One row per number and hierarchy node.
WITH few AS MATERIALIZED (
    SELECT
        n.internal_number,
        n.hierarchy
    FROM numbers.number AS n
    WHERE
        starts_with(reverse(n.internal_number), reverse(:ending))
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
            CAST(:release_before AS timestamptz) IS NULL
            OR n.release_date < CAST(:release_before AS timestamptz)
        )
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
