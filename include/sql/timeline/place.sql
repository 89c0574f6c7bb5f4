-- Make the places of a list that are new.
-- One row per place made.
INSERT INTO numbers.place (connection_id, node, ip_group, hierarchy)
SELECT
    :connection_id,
    w.node,
    w.ip_group,
    w.hierarchy
FROM
    unnest(
        CAST(:nodes AS text[]), CAST(:ip_groups AS text[]), CAST(:hierarchies AS text[])
    ) AS w (node, ip_group, hierarchy)
ON CONFLICT (connection_id, node, ip_group, hierarchy) DO NOTHING
