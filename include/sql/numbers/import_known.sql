-- Remove from an import what the inventory has already, at a related node or with other values in
-- the columns of the file.
-- One row per row removed: its line, the first column that differs, and why.
WITH candidate AS (
    SELECT
        f.*,
        (
            SELECT array_agg(array_to_string(p.labels[1:p.depth], '.'))
            FROM (
                SELECT
                    l.labels,
                    generate_subscripts(l.labels, 1) AS depth
                FROM (SELECT string_to_array(f.hierarchy, '.') AS labels) AS l
            ) AS p
        ) AS path
    FROM import_row AS f
    WHERE EXISTS (
        SELECT FROM numbers.number AS n
        WHERE n.internal_number = f.internal_number
    )
),

known AS (
    SELECT
        c.line,
        n.hierarchy AS node,
        n.hierarchy = c.hierarchy AS here,
        CASE
            WHEN n.status IN ('Cooling', 'Reserved')
                THEN ' ' || n.status || coalesce(
                    ' until '
                    || left(CAST(n.release_date AT TIME ZONE 'UTC' AS text), 16)
                    || ' UTC',
                    ''
                )
            WHEN n.vendor = 'AudioCodes' THEN ' ' || n.status || ' by a device of AudioCodes'
            ELSE ''
        END AS state,
        (
            SELECT array_agg(d.name || ' ' || coalesce(d.known, 'blank'))
            FROM (
                VALUES
                ('status', n.status, c.status),
                ('usage', n.usage, c.usage),
                ('vendor', n.vendor, c.vendor),
                ('subscriber', n.subscriber, c.subscriber),
                ('tag', n.tag, coalesce(c.tag, CASE c.status WHEN 'Cooling' THEN n.tag END)),
                ('release_date', CAST(n.release_date AS text), CAST(c.release_date AS text)),
                ('description', n.description, c.description),
                ('e164_number', n.e164_number, c.e164_number),
                ('reservation_notes', n.reservation_notes, c.reservation_notes)
            ) AS d (name, known, given)
            WHERE d.known IS DISTINCT FROM d.given AND d.name = ANY(CAST(:columns AS text[]))
        ) AS differences,
        (
            SELECT array_agg(e.name || ' ' || coalesce(n.extra ->> e.name, 'blank'))
            FROM unnest(CAST(:extras AS text[])) AS e (name)
            WHERE n.extra ->> e.name IS DISTINCT FROM c.extra ->> e.name
        ) AS extra_differences
    FROM candidate AS c
    CROSS JOIN LATERAL (
        SELECT r.*
        FROM (
            SELECT a.*
            FROM numbers.number AS a
            WHERE a.internal_number = c.internal_number AND a.hierarchy = ANY(c.path)
            UNION ALL
            SELECT b.*
            FROM numbers.number AS b
            WHERE
                b.internal_number = c.internal_number
                AND b.hierarchy > c.hierarchy || '.'
                AND b.hierarchy < c.hierarchy || '/'
        ) AS r
        ORDER BY r.hierarchy <> c.hierarchy, r.hierarchy
        LIMIT 1
    ) AS n
)

DELETE FROM import_row AS f
USING known AS k
WHERE
    f.line = k.line
    AND (NOT k.here OR k.differences IS NOT NULL OR k.extra_differences IS NOT NULL)
RETURNING
    f.line,
    CASE
        WHEN k.here THEN split_part((k.differences || k.extra_differences)[1], ' ', 1)
        ELSE 'internal_number'
    END AS name,
    'the inventory has it' || k.state || CASE
        WHEN k.here
            THEN
                CASE WHEN k.state = '' THEN '' ELSE ',' END
                || ' with other values: '
                || array_to_string(k.differences || k.extra_differences, ', ')
        WHEN k.state = '' THEN ' at the related node ' || k.node
        ELSE ', at the related node ' || k.node
    END AS reason
