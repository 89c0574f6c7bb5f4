-- Report what a plan would remove although too few lists in a row have lacked it. Lists that no
-- plan has judged do not count, nor those of a hold, nor those before a number was brought in; and
-- none is waited for of a connection that was purged.
-- One row per removal that waits for more lists.
WITH heard AS (
    SELECT
        c.change_id,
        c.hierarchy,
        l.connection_id,
        l.node,
        p.online_to,
        (
            SELECT max(e.as_of)
            FROM numbers.number_event AS e
            WHERE
                e.internal_number = c.internal_number
                AND e.number_id = c.number_id
                AND e.cause = 'import'
                AND e.to_vendor = 'AudioCodes'
        ) AS imported_at
    FROM numbers.plan_change AS c
    LEFT JOIN (
        numbers.presence AS p INNER JOIN numbers.place AS l ON p.place_id = l.place_id
    )
        ON
            c.internal_number = p.internal_number
            AND numbers.same_number(c.internal_number, l.hierarchy, c.hierarchy)
    WHERE c.plan_id = :plan_id AND c.kind IN ('cool', 'free') AND c.status = 'open'
),

lost AS (
    SELECT DISTINCT ON (h.change_id)
        h.change_id,
        h.hierarchy,
        coalesce(h.connection_id, :connection_id) AS lost_by,
        greatest(h.online_to, h.imported_at, '-infinity') AS lost_at
    FROM heard AS h
    ORDER BY h.change_id ASC, h.online_to DESC NULLS LAST, h.connection_id ASC
),

-- Worked out once per hierarchy node, not once per number.
wanted AS MATERIALIZED (
    SELECT
        h.lost_by,
        h.hierarchy,
        numbers.guard_value(
            'audiocodes_consecutive_misses',
            h.lost_by, h.hierarchy, :as_of, CAST(:defaults AS jsonb)
        ) AS lists
    FROM (
        SELECT DISTINCT
            l.lost_by,
            l.hierarchy
        FROM lost AS l
    ) AS h
    INNER JOIN numbers.connection AS c ON h.lost_by = c.connection_id
    WHERE c.purged_at IS NULL
),

waiting AS (
    SELECT
        l.*,
        w.lists
    FROM lost AS l
    INNER JOIN wanted AS w ON l.lost_by = w.lost_by AND l.hierarchy = w.hierarchy
    WHERE w.lists > 1
),

held AS (
    SELECT
        h.change_id,
        max(d.until) AS until
    FROM waiting AS w
    INNER JOIN heard AS h ON w.change_id = h.change_id
    INNER JOIN numbers.hold AS d
        ON
            w.lost_by = d.connection_id AND h.connection_id IS NULL
            OR h.connection_id = d.connection_id AND (d.node IS NULL OR h.node = d.node)
    WHERE w.lost_at < d.until
    GROUP BY h.change_id
),

counted AS (
    SELECT
        w.change_id,
        w.lists,
        (
            SELECT count(*)
            FROM numbers.snapshot AS s
            WHERE
                s.connection_id = w.lost_by
                AND s.as_of >= greatest(w.lost_at, u.until)
                AND EXISTS (
                    SELECT FROM numbers.plan AS a
                    WHERE a.snapshot_id = s.snapshot_id
                )
        ) AS missed
    FROM waiting AS w
    LEFT JOIN held AS u ON w.change_id = u.change_id
)

UPDATE numbers.plan_change AS c
SET
    kind = 'missed',
    status = 'reported',
    to_status = NULL,
    tag = NULL,
    release_date = NULL,
    reason = c.reason || format(', missed by %s of %s lists', k.missed, k.lists)
FROM counted AS k
WHERE c.plan_id = :plan_id AND c.change_id = k.change_id AND k.missed < k.lists
