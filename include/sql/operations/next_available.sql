-- The next numbers of a node that are available, and that no device is listed with: the first in
-- their order that nobody else is taking at this moment, of some candidates where there are any.
-- They are locked until the transaction ends.
-- One row per number.
SELECT g.internal_number
FROM numbers.guarded_number AS g
WHERE
    g.hierarchy = :node
    AND g.status = 'Available'
    AND starts_with(g.internal_number, :prefix)
    AND (
        CAST(:candidates AS text[]) IS NULL
        OR g.internal_number = ANY(CAST(:candidates AS text[]))
    )
    AND NOT g.online
    AND NOT g.held
ORDER BY g.internal_number
LIMIT :wanted
FOR UPDATE OF g SKIP LOCKED
