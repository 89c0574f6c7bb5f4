-- What a list holds at each SBC node, what the inventory holds and lets cool there, and what a plan
-- wants to remove.
-- One row of it is one node, null for what no list ever had; held is what stays listed and held,
-- and what would be removed. What a device did not hold, and what it holds only since a hold of the
-- node began, speaks for nobody who vanished: it is arriving. Nor does who has come from elsewhere
-- since then, and was never at the node before: it is roaming, and counts for the whole. A number
-- lost at several nodes counts at each, and again is how many of them count for the whole
-- elsewhere. Listed once are removals that a list has ever had; cooling are numbers whose absence
-- nobody accepted; vanished are those that other plans removed within 24 hours.
-- Dark is a node that the list before had numbers of, or that is held for having none; the list
-- before is the last one that was not distrusted for being empty, or for all of its nodes.
CREATE TEMPORARY TABLE scope ON COMMIT DROP AS
WITH gone AS (
    SELECT
        c.change_id,
        c.node AS counted_at,
        coalesce(l.node, c.node) AS node,
        coalesce(p.online_to = max(p.online_to) OVER (PARTITION BY c.change_id), TRUE) AS is_last
    FROM numbers.plan_change AS c
    LEFT JOIN (
        numbers.presence AS p INNER JOIN numbers.place AS l ON p.place_id = l.place_id
    )
        ON
            c.internal_number = p.internal_number
            AND l.connection_id = :connection_id
            AND numbers.same_number(c.internal_number, l.hierarchy, c.hierarchy)
    WHERE c.plan_id = :plan_id AND c.kind IN ('cool', 'free')
),

removed AS (
    SELECT
        g.node,
        count(DISTINCT g.change_id) AS numbers,
        count(DISTINCT g.change_id) FILTER (WHERE g.node = g.counted_at) AS listed_once,
        count(DISTINCT g.change_id) FILTER (WHERE g.node <> g.counted_at) AS again
    FROM gone AS g
    WHERE g.is_last
    GROUP BY g.node
),

-- The open holds of this connection, each since the list that it began with.
held AS MATERIALIZED (
    SELECT
        h.node,
        (
            SELECT max(s.as_of)
            FROM numbers.snapshot AS s
            WHERE s.connection_id = h.connection_id AND s.as_of <= h.since
        ) AS since
    FROM numbers.hold AS h
    WHERE h.connection_id = :connection_id AND h.until IS NULL
),

-- What became a device's since then, however it did.
since_hold AS MATERIALIZED (
    SELECT DISTINCT
        h.node,
        e.internal_number,
        e.hierarchy
    FROM held AS h
    INNER JOIN numbers.number_event AS e
        ON
            h.since <= e.as_of
            AND e.to_vendor = 'AudioCodes'
            AND e.from_vendor IS DISTINCT FROM 'AudioCodes'
),

newcomer AS (
    SELECT
        l.node,
        c.internal_number
    FROM candidate AS c
    INNER JOIN numbers.place AS l ON c.place_id = l.place_id
    WHERE
        l.connection_id = :connection_id
        AND NOT EXISTS (
            SELECT FROM numbers.number AS n
            WHERE
                n.internal_number = c.internal_number
                AND n.vendor = 'AudioCodes'
                AND n.status = 'Used'
                AND numbers.related(n.hierarchy, l.hierarchy)
        )
    UNION
    SELECT
        l.node,
        s.internal_number
    FROM since_hold AS s
    INNER JOIN numbers.presence AS p ON s.internal_number = p.internal_number
    INNER JOIN numbers.place AS l ON p.place_id = l.place_id
    WHERE
        p.online_to IS NULL
        AND l.connection_id = :connection_id
        AND (s.node IS NULL OR s.node = l.node)
        AND numbers.same_number(s.internal_number, s.hierarchy, l.hierarchy)
),

-- Since when who is new at a node speaks for nobody there: this list, or a hold of it.
place_since AS MATERIALIZED (
    SELECT
        l.place_id,
        l.node,
        least(min(n.as_of), min(h.since)) AS since
    FROM numbers.place AS l
    INNER JOIN removed AS r ON l.node = r.node
    INNER JOIN numbers.snapshot AS n ON n.snapshot_id = :snapshot_id
    LEFT JOIN held AS h ON h.node IS NULL OR l.node = h.node
    WHERE l.connection_id = :connection_id
    GROUP BY l.place_id, l.node
),

stranger AS (
    SELECT
        l.node,
        p.internal_number
    FROM numbers.presence AS p
    INNER JOIN place_since AS l ON p.place_id = l.place_id AND p.online_from >= l.since
    WHERE
        p.online_to IS NULL
        -- The same once more, in a form that the index by online_from serves.
        AND p.online_from >= (SELECT min(s.since) FROM place_since AS s)
        AND NOT EXISTS (
            SELECT FROM numbers.presence AS b
            INNER JOIN place_since AS m ON b.place_id = m.place_id
            WHERE
                b.internal_number = p.internal_number
                AND m.node = l.node
                AND b.online_from < l.since
        )
    EXCEPT
    SELECT
        n.node,
        n.internal_number
    FROM newcomer AS n
),

roaming AS (
    SELECT
        s.node,
        count(*) AS numbers
    FROM stranger AS s
    GROUP BY s.node
),

arriving AS (
    SELECT
        n.node,
        count(*) AS numbers
    FROM newcomer AS n
    GROUP BY n.node
),

listed AS (
    SELECT
        n.key AS node,
        CAST(n.value AS bigint) AS numbers
    FROM numbers.snapshot AS s
    CROSS JOIN jsonb_each_text(s.node_counts) AS n
    WHERE s.snapshot_id = :snapshot_id
),

last_node AS (
    SELECT DISTINCT ON (n.number_id)
        n.number_id,
        l.node,
        p.online_to
    FROM numbers.number AS n
    INNER JOIN numbers.presence AS p ON n.internal_number = p.internal_number
    INNER JOIN numbers.place AS l
        ON p.place_id = l.place_id AND numbers.related(l.hierarchy, n.hierarchy)
    WHERE
        n.release_date IS NOT NULL
        AND n.status = 'Cooling'
        AND l.connection_id = :connection_id
    ORDER BY n.number_id ASC, p.online_to DESC NULLS FIRST, l.node ASC
),

accepted AS MATERIALIZED (
    SELECT
        a.node,
        numbers.accepted_at(:connection_id, a.node, FALSE) AS at
    FROM (SELECT DISTINCT c.node FROM last_node AS c) AS a
),

cooling AS (
    SELECT
        c.node,
        count(*) AS numbers
    FROM last_node AS c
    INNER JOIN accepted AS a ON c.node = a.node
    WHERE a.at IS NULL OR coalesce(c.online_to, 'infinity') > a.at
    GROUP BY c.node
),

-- What vanished within the 24 hours before and is still away, other than by a person's approval.
vanished AS (
    SELECT
        c.node,
        count(DISTINCT c.number_id) AS numbers
    FROM numbers.plan AS p
    INNER JOIN numbers.plan_change AS c ON p.plan_id = c.plan_id
    INNER JOIN numbers.number AS n ON c.number_id = n.number_id
    WHERE
        p.connection_id = :connection_id
        AND p.as_of > CAST(:as_of AS timestamptz) - interval '24 hours'
        AND p.as_of <= :as_of
        AND p.snapshot_id IS NOT NULL
        AND p.removed > 0
        AND c.kind IN ('cool', 'free')
        AND c.status = 'open'
        AND n.status IN ('Cooling', 'Available')
        AND NOT EXISTS (
            SELECT FROM numbers.decision AS d
            WHERE d.carried_out_by = p.plan_id
        )
    GROUP BY c.node
),

list_before AS (
    SELECT
        b.node_counts,
        b.as_of
    FROM numbers.snapshot AS s
    INNER JOIN numbers.snapshot AS b ON s.connection_id = b.connection_id AND s.as_of > b.as_of
    WHERE
        s.snapshot_id = :snapshot_id
        -- What a list lacks that no plan has judged is not believed, nor what such a one does.
        AND EXISTS (
            SELECT FROM numbers.plan AS a
            WHERE a.snapshot_id = b.snapshot_id
        )
        AND NOT EXISTS (
            SELECT FROM numbers.plan AS p
            INNER JOIN numbers.verdict AS v ON p.plan_id = v.plan_id
            WHERE
                p.snapshot_id = b.snapshot_id
                AND v.node IS NULL
                AND v.rule IN ('empty list', 'all nodes')
        )
    ORDER BY b.as_of DESC
    LIMIT 1
),

dark AS (
    SELECT n.node
    FROM list_before AS b
    CROSS JOIN LATERAL jsonb_object_keys(b.node_counts) AS n (node)
    WHERE b.as_of > coalesce(numbers.accepted_at(:connection_id, n.node, TRUE), '-infinity')
    UNION
    SELECT h.node
    FROM numbers.hold AS h
    WHERE h.connection_id = :connection_id AND h.until IS NULL AND h.rule = 'missing node'
    EXCEPT
    SELECT l.node
    FROM listed AS l
)

SELECT
    coalesce(l.node, r.node, c.node, d.node) AS node,
    coalesce(l.numbers, 0) AS listed,
    greatest(coalesce(l.numbers, 0) - coalesce(a.numbers, 0), 0) + coalesce(r.numbers, 0) AS held,
    coalesce(r.numbers, 0) AS removed,
    coalesce(r.again, 0) AS again,
    coalesce(m.numbers, 0) AS roaming,
    coalesce(r.listed_once, 0) AS listed_once,
    coalesce(c.numbers, 0) AS cooling,
    coalesce(v.numbers, 0) AS vanished,
    d.node IS NOT NULL AS dark
FROM listed AS l
FULL JOIN removed AS r ON l.node = r.node
FULL JOIN cooling AS c ON coalesce(l.node, r.node) = c.node
FULL JOIN dark AS d ON coalesce(l.node, r.node, c.node) = d.node
LEFT JOIN arriving AS a ON coalesce(l.node, r.node, c.node, d.node) = a.node
LEFT JOIN roaming AS m ON coalesce(l.node, r.node, c.node, d.node) = m.node
LEFT JOIN vanished AS v ON coalesce(l.node, r.node, c.node, d.node) = v.node
