-- Available numbers of a node, from some number on.
-- One row per number, in their order.
SELECT n.internal_number
FROM numbers.number AS n
WHERE
    n.hierarchy = :node
    AND n.status = 'Available'
    AND starts_with(n.internal_number, :prefix)
    AND n.internal_number > :after
ORDER BY n.internal_number
LIMIT :wanted
