-- The reservations and when they end, those that do not end last; or only those that end by an
-- instant.
-- One row per number and hierarchy node.
SELECT
    n.internal_number,
    n.hierarchy,
    n.release_date,
    n.reservation_notes,
    coalesce(n.release_date < :as_of, FALSE) AS overdue
FROM numbers.number AS n
WHERE
    n.status = 'Reserved'
    AND (CAST(:until AS timestamptz) IS NULL OR n.release_date <= :until)
    AND (CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(n.hierarchy, :hierarchy))
ORDER BY n.release_date ASC NULLS LAST, n.internal_number ASC, n.hierarchy ASC
