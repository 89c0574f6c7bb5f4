-- A page of what a plan wants changed at a hierarchy node or below it, and what it found, behind a
-- change; what is open in an applied plan has been made.
-- One row per change, in the order in which the plan was made.
SELECT
    c.change_id,
    c.internal_number,
    c.hierarchy,
    c.kind,
    c.node,
    c.aor,
    c.from_status,
    c.from_vendor,
    c.to_status,
    c.to_vendor,
    c.release_date,
    c.reason,
    CASE
        WHEN c.status = 'open' AND p.applied_at IS NOT NULL THEN 'applied'
        ELSE c.status
    END AS status
FROM numbers.plan_change AS c
INNER JOIN numbers.plan AS p ON c.plan_id = p.plan_id
WHERE
    c.plan_id = :plan_id
    AND c.change_id > :after_change
    AND (CAST(:status AS text) IS NULL OR c.status = :status)
    AND (CAST(:kind AS text) IS NULL OR c.kind = :kind)
    AND (CAST(:node AS text) IS NULL OR coalesce(c.node, '') = :node)
    AND (CAST(:within AS text) IS NULL OR numbers.at_or_below(c.hierarchy, :within))
ORDER BY c.change_id
LIMIT :page_length
