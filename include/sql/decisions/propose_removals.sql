-- What a proposed purge would let cool, all of it withheld.
-- One row per number.
INSERT INTO numbers.plan_change (
    plan_id,
    kind,
    status,
    number_id,
    internal_number,
    hierarchy,
    node,
    from_status,
    from_usage,
    from_vendor,
    to_status,
    reason
)
SELECT
    :plan_id,
    'cool',
    'withheld',
    n.number_id,
    n.internal_number,
    n.hierarchy,
    w.node,
    n.status,
    n.usage,
    n.vendor,
    'Cooling',
    'its registrations end by a purge'
FROM unnest(CAST(:ids AS bigint[]), CAST(:nodes AS text[])) AS w (number_id, node)
INNER JOIN numbers.number AS n ON w.number_id = n.number_id
