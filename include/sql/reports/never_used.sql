-- Numbers that nothing uses or has ever used since they were added, and when that was: null where
-- the history does not say. Those after a number, or after a number at a node, up to a limit.
-- One row per number and hierarchy node, in the order of the numbers.
SELECT
    n.internal_number,
    n.hierarchy,
    n.status,
    min(e.as_of) AS added
FROM numbers.number AS n
LEFT JOIN numbers.number_event AS e
    ON n.internal_number = e.internal_number AND n.number_id = e.number_id
WHERE
    n.status NOT IN ('Used', 'Used-Utility')
    AND (CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(n.hierarchy, :hierarchy))
    AND (CAST(:after AS text) IS NULL OR n.internal_number >= :after)
    AND (
        CAST(:after AS text) IS NULL
        OR n.internal_number > :after
        OR n.hierarchy > CAST(:after_hierarchy AS text)
    )
GROUP BY n.internal_number, n.hierarchy, n.status
HAVING
    NOT coalesce(
        bool_or(
            coalesce(e.from_status IN ('Used', 'Used-Utility'), FALSE)
            OR coalesce(e.to_status IN ('Used', 'Used-Utility'), FALSE)
        ),
        FALSE
    )
ORDER BY n.internal_number, n.hierarchy
LIMIT CAST(:limit AS bigint)
