-- How many hierarchy nodes there are at a node and below it, and whether there are others.
-- One row.
SELECT
    (
        SELECT count(*)
        FROM numbers.hierarchy_node AS h
        WHERE numbers.at_or_below(h.hierarchy, :hierarchy)
    ) AS nodes,
    exists(
        SELECT FROM numbers.hierarchy_node AS h
        WHERE NOT numbers.at_or_below(h.hierarchy, :hierarchy)
    ) AS others
