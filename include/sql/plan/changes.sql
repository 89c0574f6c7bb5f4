-- What a plan wants changed at a hierarchy node or below it, and what it found; what is open in an
-- applied plan has been made.
-- One row per change, in the order of the numbers.
SELECT
    c.internal_number,
    c.hierarchy,
    c.kind,
    c.status,
    c.node,
    c.aor,
    c.from_status,
    c.from_usage,
    c.from_vendor,
    c.to_status,
    c.to_usage,
    c.to_vendor,
    c.release_date,
    c.reason
FROM numbers.plan_change AS c
WHERE
    c.plan_id = :plan_id
    AND (CAST(:status AS text) IS NULL OR c.status = :status)
    AND (CAST(:within AS text) IS NULL OR numbers.at_or_below(c.hierarchy, :within))
ORDER BY c.internal_number, c.hierarchy, c.change_id
