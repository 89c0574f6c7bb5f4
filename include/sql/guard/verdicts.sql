-- Judge the scopes of a plan: distrust what vanishes at once. The first rule that fits the whole
-- connection is its verdict; SBC nodes are judged besides, unless all of them are concerned.
-- One row per scope that is distrusted: it may not be removed from.
INSERT INTO numbers.verdict (
    plan_id, node, rule, listed, held, removed, cooling, most, reason, clears
)
-- By which rules the last list was read whose rules are believed: it was judged, and no change of
-- them held against it, nor was it empty; or a person has accepted the change, and an approval of
-- a plan that showed it was carried out on it. One of unknown rules is accepted for itself alone.
WITH believed AS (
    SELECT b.rules_sha256
    FROM numbers.snapshot AS s
    INNER JOIN numbers.snapshot AS b ON s.connection_id = b.connection_id AND s.as_of >= b.as_of
    WHERE
        s.snapshot_id = :snapshot_id
        AND (b.rules_sha256 <> '' OR b.snapshot_id = s.snapshot_id)
        AND (
            (
                b.snapshot_id <> s.snapshot_id
                AND EXISTS (
                    SELECT FROM numbers.plan AS p
                    WHERE p.snapshot_id = b.snapshot_id
                )
                AND NOT EXISTS (
                    SELECT FROM numbers.plan AS p
                    INNER JOIN numbers.verdict AS v ON p.plan_id = v.plan_id
                    WHERE
                        p.snapshot_id = b.snapshot_id
                        AND v.node IS NULL
                        AND v.rule IN ('empty list', 'changed rules')
                )
            )
            OR EXISTS (
                SELECT FROM numbers.plan AS o
                INNER JOIN numbers.decision AS d ON o.plan_id = d.carried_out_by
                INNER JOIN numbers.plan AS p ON d.plan_id = p.plan_id
                INNER JOIN numbers.snapshot AS q ON p.snapshot_id = q.snapshot_id
                INNER JOIN numbers.verdict AS v ON p.plan_id = v.plan_id
                WHERE
                    o.snapshot_id = b.snapshot_id
                    AND q.rules_sha256 = b.rules_sha256
                    AND v.rule = 'changed rules'
            )
        )
    ORDER BY b.as_of DESC
    LIMIT 1
),

here AS (
    SELECT
        c.connection_id,
        c.hierarchy,
        numbers.guard_value(
            'pull_sync_delete_threshold_audiocodes_overall',
            c.connection_id, c.hierarchy, :as_of, CAST(:defaults AS jsonb)
        ) AS numbers,
        numbers.guard_value(
            'pull_sync_delete_threshold_audiocodes_overall_percent',
            c.connection_id, c.hierarchy, :as_of, CAST(:defaults AS jsonb)
        ) AS percent,
        numbers.guard_value(
            'pull_sync_delete_threshold_audiocodes',
            c.connection_id, c.hierarchy, :as_of, CAST(:defaults AS jsonb)
        ) AS few,
        numbers.guard_value(
            'audiocodes_list_max_age_hours',
            c.connection_id, c.hierarchy, :as_of, CAST(:defaults AS jsonb)
        ) AS hours,
        round(extract(EPOCH FROM CAST(:as_of AS timestamptz) - s.as_of) / 3600, 1) AS age,
        exists(
            SELECT FROM numbers.snapshot AS b
            WHERE
                b.connection_id = c.connection_id
                AND b.node_counts <> '{}'
                AND b.as_of > coalesce(
                    numbers.accepted_at(c.connection_id, NULL, TRUE), '-infinity'
                )
        ) AS listed_before,
        coalesce(
            s.kind = 'list' AND s.rules_sha256 <> (SELECT b.rules_sha256 FROM believed AS b), FALSE
        ) AS reread
    FROM numbers.connection AS c
    INNER JOIN numbers.snapshot AS s ON c.connection_id = s.connection_id
    WHERE s.snapshot_id = :snapshot_id
),

site AS (
    SELECT DISTINCT
        l.connection_id,
        l.node,
        l.hierarchy
    FROM numbers.place AS l
),

-- At an SBC node, the strictest values of its sites.
limits AS (
    SELECT
        s.node,
        min(
            numbers.guard_value(
                'pull_sync_delete_threshold_audiocodes',
                h.connection_id, coalesce(site.hierarchy, h.hierarchy), :as_of,
                CAST(:defaults AS jsonb)
            )
        ) AS numbers,
        min(
            numbers.guard_value(
                'pull_sync_delete_threshold_audiocodes_percent',
                h.connection_id, coalesce(site.hierarchy, h.hierarchy), :as_of,
                CAST(:defaults AS jsonb)
            )
        ) AS percent
    FROM here AS h
    CROSS JOIN scope AS s
    LEFT JOIN site ON h.connection_id = site.connection_id AND s.node = site.node
    GROUP BY s.node
),

standing AS (
    SELECT
        s.node,
        s.listed,
        greatest(s.held - s.roaming, s.removed) AS held,
        s.removed,
        s.cooling,
        s.vanished,
        s.dark,
        coalesce(nullif(s.node, ''), 'the node without a name') AS name,
        l.numbers,
        l.percent
    FROM scope AS s
    INNER JOIN limits AS l ON s.node = l.node
    WHERE s.dark OR s.held + s.cooling > 0
),

node AS (
    SELECT
        s.*,
        greatest(s.numbers, floor(s.percent * (s.held + s.vanished) / 100.0)) AS most
    FROM standing AS s
),

failing AS (
    SELECT
        n.*,
        CASE
            WHEN n.listed = 0 THEN 'missing node'
            WHEN n.removed = n.held THEN 'all vanished'
            ELSE 'threshold'
        END AS rule
    FROM node AS n
    WHERE
        (n.listed = 0 AND (n.dark OR n.removed + n.cooling > 0))
        OR (n.removed > 0 AND n.removed = n.held)
        OR (n.removed > 0 AND n.removed + n.vanished > n.most)
),

whole AS (
    SELECT
        h.*,
        coalesce(sum(s.listed), 0) AS listed,
        coalesce(sum(s.held - s.again), 0) AS held,
        coalesce(sum(s.removed - s.again), 0) AS removed,
        coalesce(sum(s.cooling), 0) AS cooling,
        coalesce(sum(s.listed_once), 0) AS listed_once,
        greatest(h.numbers, floor(h.percent * coalesce(sum(s.held - s.again), 0) / 100.0)) AS most,
        (SELECT count(*) FROM node) AS nodes,
        (SELECT count(*) FROM failing) AS failing
    FROM here AS h
    LEFT JOIN scope AS s ON TRUE
    GROUP BY
        h.connection_id, h.hierarchy, h.numbers, h.percent, h.few, h.hours, h.age, h.listed_before,
        h.reread
),

-- What the newest lists of the other connections have.
others AS (
    SELECT coalesce(sum(CAST(n.value AS bigint)), 0) AS listed
    FROM here AS h
    INNER JOIN numbers.connection AS c ON h.connection_id <> c.connection_id
    CROSS JOIN
        LATERAL (
            SELECT s.node_counts
            FROM numbers.snapshot AS s
            WHERE s.connection_id = c.connection_id
            ORDER BY s.as_of DESC
            LIMIT 1
        ) AS l
    CROSS JOIN jsonb_each_text(l.node_counts) AS n
),

-- What vanished within 24 hours: was removed, stands to be removed, or is withheld. What a person
-- has approved does not count.
vanished AS (
    SELECT
        coalesce(
            sum(
                CASE
                    WHEN p.applied_at IS NOT NULL THEN p.removed
                    WHEN
                        p.status IN ('open', 'withheld') AND p.connection_id <> h.connection_id
                        THEN p.removals
                    ELSE 0
                END
                + CASE
                    WHEN
                        p.applied_at IS NOT NULL
                        AND p.status = 'withheld'
                        AND p.connection_id <> h.connection_id
                        THEN (
                            SELECT count(*)
                            FROM numbers.plan_change AS w
                            WHERE w.plan_id = p.plan_id AND w.status = 'withheld'
                        )
                    ELSE 0
                END
            ),
            0
        ) AS numbers
    FROM here AS h
    CROSS JOIN numbers.plan AS p
    WHERE
        p.as_of > CAST(:as_of AS timestamptz) - interval '24 hours'
        AND p.as_of <= :as_of
        AND p.plan_id <> :plan_id
        AND p.snapshot_id IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM numbers.decision AS d
            WHERE d.carried_out_by = p.plan_id
        )
),

overall AS (
    SELECT
        w.removed + b.numbers AS removed,
        w.held + o.listed + b.numbers AS held,
        greatest(w.numbers, floor(w.percent * (w.held + o.listed + b.numbers) / 100.0)) AS most
    FROM whole AS w
    CROSS JOIN others AS o
    CROSS JOIN vanished AS b
),

judged AS (
    SELECT
        w.*,
        CASE
            WHEN w.listed = 0 AND (w.removed + w.cooling > 0 OR w.listed_before) THEN 'empty list'
            WHEN w.reread THEN 'changed rules'
            WHEN w.removed = 0 THEN NULL
            WHEN w.age > w.hours THEN 'stale list'
            WHEN w.removed = w.held AND (w.listed_once > 0 OR w.removed > w.few)
                THEN 'all vanished'
            WHEN w.removed > w.most OR w.removed - w.listed_once > w.few THEN 'threshold'
            WHEN o.removed > o.most THEN 'overall'
            WHEN w.nodes > 1 AND w.failing = w.nodes THEN 'all nodes'
        END AS rule,
        o.removed AS removed_overall,
        o.held AS held_overall,
        o.most AS most_overall
    FROM whole AS w
    CROSS JOIN overall AS o
),

verdict AS (
    SELECT
        NULL AS node,
        j.rule,
        j.listed,
        j.held,
        j.removed,
        j.cooling,
        CASE j.rule
            WHEN 'overall' THEN j.most_overall
            WHEN 'changed rules' THEN 0
            ELSE j.most
        END AS most,
        CASE j.rule
            WHEN 'empty list' THEN format('the list has none of %s numbers', j.held + j.cooling)
            WHEN 'stale list'
                THEN
                    format('the list is %s hours old, and at most %s are allowed', j.age, j.hours)
            WHEN 'changed rules'
                THEN
                    'the list was read by other rules than the last one that was believed'
                    || CASE
                        WHEN j.removed > 0
                            THEN format(', and lacks %s of %s numbers', j.removed, j.held)
                        ELSE ''
                    END
            WHEN 'all vanished' THEN format('all %s numbers vanished at once', j.held)
            WHEN 'threshold'
                THEN
                    CASE
                        WHEN j.removed > j.most
                            THEN
                                format(
                                    '%s of %s numbers vanished at once, and at most %s may',
                                    j.removed, j.held, j.most
                                )
                        ELSE
                            format(
                                'no list ever had %s of the numbers that would go, and at most %s '
                                'may',
                                j.removed - j.listed_once, j.few
                            )
                    END
            WHEN 'overall'
                THEN
                    format(
                        '%s of %s numbers of all connections vanished in a day, and at most %s may',
                        j.removed_overall, j.held_overall, j.most_overall
                    )
            ELSE format('all %s SBC nodes lost numbers at once', j.nodes)
        END AS reason,
        CASE j.rule
            WHEN 'empty list' THEN 'a list that has numbers again'
            WHEN 'stale list' THEN format('a list that is at most %s hours old', j.hours)
            WHEN 'changed rules' THEN 'a list that is read by the rules as they were'
            WHEN 'overall'
                THEN
                    'a list with fewer missing, or 24 hours in which few others vanish'
            WHEN 'all nodes' THEN 'a list in which one SBC node is as it was'
            ELSE
                format(
                    'a list that lacks at most %s of them',
                    CASE
                        WHEN j.rule = 'threshold' AND j.removed <= j.most THEN j.few
                        ELSE least(j.most, j.held - 1)
                    END
                )
        END AS clears
    FROM judged AS j
    WHERE j.rule IS NOT NULL
    UNION ALL
    SELECT
        f.node,
        f.rule,
        f.listed,
        f.held,
        f.removed,
        f.cooling,
        f.most,
        CASE f.rule
            WHEN 'missing node'
                THEN
                    CASE
                        WHEN f.held + f.cooling > 0
                            THEN
                                format(
                                    '%s lists none of its %s numbers', f.name, f.held + f.cooling
                                )
                        ELSE format('%s lists nobody any more', f.name)
                    END
            WHEN 'all vanished' THEN format('all %s numbers of %s vanished at once', f.held, f.name)
            ELSE
                format(
                    '%s of %s numbers of %s vanished %s, and at most %s may',
                    f.removed + f.vanished,
                    f.held + f.vanished,
                    f.name,
                    CASE WHEN f.removed > f.most THEN 'at once' ELSE 'in a day' END,
                    f.most
                )
        END,
        CASE f.rule
            WHEN 'missing node' THEN format('a list that has numbers of %s again', f.name)
            ELSE
                format(
                    'a list that lacks at most %s of them%s',
                    greatest(least(f.most - f.vanished, f.held - 1), 0),
                    CASE WHEN f.vanished > 0 THEN ', or a day with few others' ELSE '' END
                )
        END
    FROM failing AS f
    WHERE NOT EXISTS (
        SELECT FROM judged AS j
        WHERE j.rule IN ('empty list', 'all nodes')
    )
)

SELECT
    :plan_id,
    v.node,
    v.rule,
    v.listed,
    v.held,
    v.removed,
    v.cooling,
    v.most,
    v.reason,
    v.clears
FROM verdict AS v
