-- The numbers that go into an export: of a status, at or below a node; times are in UTC.
-- One row per number and hierarchy node, in the order of the numbers.
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
    CAST(n.extra AS text) AS extra
FROM numbers.number AS n
WHERE
    (CAST(:status AS text) IS NULL OR n.status = :status)
    AND (CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(n.hierarchy, :hierarchy))
ORDER BY n.internal_number, n.hierarchy
