-- Connections that are configured no longer, and how many numbers are still listed there.
-- One row per connection.
SELECT
    c.name,
    count(p.internal_number) AS numbers
FROM numbers.connection AS c
LEFT JOIN (
    numbers.place AS l INNER JOIN numbers.presence AS p
        ON l.place_id = p.place_id AND p.online_to IS NULL
) ON c.connection_id = l.connection_id
WHERE NOT c.configured AND c.purged_at IS NULL
GROUP BY c.name
ORDER BY c.name
