-- The rows of some numbers at, above or below a hierarchy node, and whether each is listed online.
-- One row per number and node; locked until the transaction ends.
SELECT
    n.number_id,
    n.internal_number,
    n.hierarchy,
    n.status,
    n.usage,
    n.vendor,
    exists(
        SELECT FROM numbers.presence AS p
        INNER JOIN numbers.place AS l ON p.place_id = l.place_id
        WHERE
            p.online_to IS NULL
            AND p.internal_number = n.internal_number
            AND numbers.related(l.hierarchy, n.hierarchy)
    ) AS online,
    exists(
        SELECT FROM numbers.presence AS p
        INNER JOIN numbers.place AS l ON p.place_id = l.place_id
        INNER JOIN numbers.hold AS h
            ON l.connection_id = h.connection_id AND (h.node IS NULL OR l.node = h.node)
        WHERE
            h.until IS NULL
            AND p.internal_number = n.internal_number
            AND numbers.related(l.hierarchy, n.hierarchy)
    ) AS held
FROM numbers.number AS n
WHERE
    n.internal_number = ANY(CAST(:numbers AS text[]))
    AND numbers.related(n.hierarchy, :hierarchy)
ORDER BY n.number_id
FOR UPDATE OF n
