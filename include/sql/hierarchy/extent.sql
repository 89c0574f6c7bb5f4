-- How many hierarchy nodes there are at a node and below it, and whether there are others.
-- One row.
SELECT
    count(*) FILTER (WHERE numbers.at_or_below(h.hierarchy, :hierarchy)) AS nodes,
    count(*) FILTER (WHERE NOT numbers.at_or_below(h.hierarchy, :hierarchy)) AS others
FROM numbers.hierarchy_node AS h
