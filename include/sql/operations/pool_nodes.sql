-- Where a consumer at a hierarchy node may take an available number from: the node itself, those
-- above it, the nearest first, and those below it where asked for; never outside of a limit.
-- One row per node that has one.
SELECT h.hierarchy
FROM numbers.hierarchy_node AS h
WHERE
    (
        h.hierarchy = ANY(numbers.hierarchy_path(:hierarchy))
        OR (:below AND numbers.at_or_below(h.hierarchy, :hierarchy))
    )
    AND (CAST(:user_limit AS text) IS NULL OR numbers.at_or_below(h.hierarchy, :user_limit))
    AND EXISTS (
        SELECT FROM numbers.number AS n
        WHERE
            n.hierarchy = h.hierarchy
            AND n.status = 'Available'
            AND starts_with(n.internal_number, :prefix)
            AND (n.internal_number ~ '^[+]?[0-9]+$' OR :prefix ~ '[*#]')
    )
ORDER BY
    length(h.hierarchy) > length(:hierarchy) ASC,
    CASE WHEN length(h.hierarchy) <= length(:hierarchy) THEN -length(h.hierarchy) END ASC,
    h.hierarchy ASC
