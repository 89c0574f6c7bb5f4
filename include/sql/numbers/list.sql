-- Numbers of the inventory: of a status, of a vendor, at or below a node, beginning with a prefix.
-- One row per number and hierarchy node, in the order of the numbers.
SELECT
    n.internal_number,
    n.hierarchy,
    n.status,
    n.usage,
    n.vendor,
    n.tag,
    n.release_date,
    n.description,
    n.e164_number,
    n.reservation_notes,
    n.extra
FROM numbers.number AS n
WHERE
    (CAST(:status AS text) IS NULL OR n.status = :status)
    AND (CAST(:vendor AS text) IS NULL OR n.vendor = :vendor)
    AND (
        CAST(:hierarchy AS text) IS NULL
        OR n.hierarchy = :hierarchy
        OR starts_with(n.hierarchy, :hierarchy || '.')
    )
    AND (CAST(:prefix AS text) IS NULL OR starts_with(n.internal_number, :prefix))
ORDER BY n.internal_number, n.hierarchy
