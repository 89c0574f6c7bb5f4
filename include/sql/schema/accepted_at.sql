-- Up to which list a person has accepted what vanished in a scope of a connection: an SBC node, or
-- the whole (scope is null); with empty, that the list has nothing there, and it had nothing. It is
-- the list that the approval was carried out on: one that was read meanwhile, or is older, says
-- something else.
CREATE OR REPLACE FUNCTION numbers.accepted_at(id integer, scope text, empty boolean)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
SELECT max(s.as_of)
FROM numbers.decision AS d
INNER JOIN numbers.plan AS p ON d.plan_id = p.plan_id
INNER JOIN numbers.verdict AS v ON p.plan_id = v.plan_id
LEFT JOIN numbers.snapshot AS q ON p.snapshot_id = q.snapshot_id
INNER JOIN numbers.plan AS o ON d.carried_out_by = o.plan_id
INNER JOIN numbers.snapshot AS s ON o.snapshot_id = s.snapshot_id
WHERE
    d.decision = 'approved'
    AND p.connection_id = id
    AND (v.node IS NULL OR v.node = scope)
    AND (
        NOT empty
        OR (v.listed = 0 OR v.rule = 'all nodes' AND NOT q.node_counts ? scope)
        AND CASE WHEN scope IS NULL THEN s.node_counts = '{}' ELSE NOT s.node_counts ? scope END
    )
$$;
