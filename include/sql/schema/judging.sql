-- Places whose list is distrusted: the guard holds it, or no plan has judged the newest one yet. Of
-- a whole connection that is, its own hierarchy node as well: a device may be at an SBC of it that
-- has had nobody.
-- One row per place, and one without a place per connection.
CREATE OR REPLACE VIEW numbers.distrusted_place AS
SELECT
    l.place_id,
    l.hierarchy
FROM numbers.place AS l
WHERE
    EXISTS (
        SELECT FROM numbers.hold AS h
        WHERE
            h.connection_id = l.connection_id
            AND h.until IS NULL
            AND (h.node IS NULL OR h.node = l.node)
    )
    OR EXISTS (
        SELECT FROM numbers.connection AS c
        WHERE
            c.connection_id = l.connection_id
            AND c.purged_at IS NULL
            AND NOT EXISTS (
                SELECT FROM numbers.plan AS p
                WHERE
                    p.snapshot_id = (
                        SELECT s.snapshot_id
                        FROM numbers.snapshot AS s
                        WHERE s.connection_id = c.connection_id
                        ORDER BY s.as_of DESC
                        LIMIT 1
                    )
            )
    )
UNION ALL
SELECT
    CAST(NULL AS integer),
    c.hierarchy
FROM numbers.connection AS c
WHERE
    EXISTS (
        SELECT FROM numbers.hold AS h
        WHERE h.connection_id = c.connection_id AND h.until IS NULL AND h.node IS NULL
    )
    OR c.purged_at IS NULL
    AND EXISTS (
        SELECT FROM numbers.snapshot AS s
        WHERE
            s.connection_id = c.connection_id
            AND NOT EXISTS (
                SELECT FROM numbers.plan AS p
                WHERE p.snapshot_id = s.snapshot_id
            )
            AND NOT EXISTS (
                SELECT FROM numbers.snapshot AS t
                WHERE t.connection_id = c.connection_id AND t.as_of > s.as_of
            )
    );

-- Until when at least a number is taken to be in use by a device that was listed with it, although
-- no list has it any more: until that is known which its release would ask for. It was away for the
-- days that it would cool, had the device held it, and for as many since any hold that its SBC, or
-- one that could have it, was in; every connection that could has been read since; and none is
-- distrusted. A whole number is in use where another row of it is not Available.
-- Null where it is not, or where this row has cooled since, or a person has said that it is free.
-- (It is asked number by number: in PL/pgSQL, so that it is planned once in a session.)
CREATE OR REPLACE FUNCTION numbers.recent_until(
    digits text, at_node text, id bigint, instant timestamptz, default_days integer
)
RETURNS timestamptz LANGUAGE plpgsql STABLE SET plan_cache_mode TO force_generic_plan AS $$
BEGIN
    IF
        NOT EXISTS (
            SELECT FROM numbers.presence AS p
            WHERE p.internal_number = digits
        )
        AND NOT EXISTS (
            SELECT FROM numbers.number AS n
            WHERE starts_with(digits, '+') AND n.internal_number = digits AND n.number_id <> id
        )
    THEN
        RETURN NULL;
    END IF;
    RETURN (
        WITH lost AS MATERIALIZED (
            SELECT
                a.lost_at,
                l.connection_id,
                s.seen_at,
                k.days
            FROM numbers.presence AS p
            INNER JOIN numbers.place AS l ON p.place_id = l.place_id
            CROSS JOIN LATERAL (
                SELECT
                    CASE
                        WHEN numbers.related(l.hierarchy, at_node) THEN at_node
                        ELSE l.hierarchy
                    END AS seen_at
            ) AS s
            CROSS JOIN LATERAL (
                SELECT numbers.absent_from(l.connection_id, p.online_to) AS lost_at
                OFFSET 0
            ) AS a
            CROSS JOIN LATERAL (
                SELECT
                    make_interval(
                        hours => 24 * max(
                            coalesce(
                                numbers.macro_value('audiocodes_cooling_duration', n, a.lost_at),
                                default_days
                            )
                        )
                    ) AS days
                FROM unnest(ARRAY[at_node, s.seen_at]) AS n
            ) AS k
            WHERE
                p.internal_number = digits
                AND p.online_to IS NOT NULL
                AND numbers.same_number(digits, l.hierarchy, at_node)
                AND NOT EXISTS (
                    SELECT FROM numbers.number_event AS e
                    WHERE
                        e.internal_number = digits
                        AND e.number_id = id
                        AND e.to_status = 'Available'
                        AND numbers.same_number(digits, e.hierarchy, at_node)
                        AND (
                            e.from_status = 'Cooling' AND e.as_of >= a.lost_at + k.days
                            OR (e.from_vendor = 'AudioCodes' OR e.cause = 'end cooling')
                            AND e.as_of >= a.lost_at
                        )
                )
        ),

        ready AS (
            SELECT
                l.*,
                l.days + greatest(
                    l.lost_at,
                    (
                        SELECT max(h.until)
                        FROM numbers.hold AS h
                        WHERE
                            h.until > l.lost_at
                            AND (
                                numbers.could_have(h.connection_id, h.node, at_node)
                                OR numbers.could_have(h.connection_id, h.node, l.seen_at)
                            )
                    )
                ) AS until
            FROM lost AS l
        ),

        doubtful AS (
            SELECT r.until
            FROM ready AS r
            WHERE
                r.until > instant
                OR EXISTS (
                    SELECT FROM numbers.connection AS c
                    WHERE
                        c.purged_at IS NULL
                        AND (
                            c.connection_id = r.connection_id
                            OR numbers.could_have(c.connection_id, NULL, at_node)
                            OR numbers.could_have(c.connection_id, NULL, r.seen_at)
                        )
                        AND CASE
                            WHEN EXISTS (
                                SELECT FROM numbers.snapshot AS s
                                WHERE
                                    s.connection_id = c.connection_id AND s.registered_users > 0
                            )
                                THEN NOT EXISTS (
                                    SELECT FROM numbers.snapshot AS s
                                    WHERE s.connection_id = c.connection_id AND s.as_of >= r.until
                                )
                            -- One that never had anybody says nothing of who is not there.
                            ELSE c.configured
                        END
                )
                OR EXISTS (
                    SELECT FROM numbers.distrusted_place AS x
                    WHERE
                        numbers.related(x.hierarchy, at_node)
                        OR numbers.related(x.hierarchy, r.seen_at)
                )
            UNION ALL
            SELECT instant
            FROM numbers.number AS n
            WHERE
                starts_with(digits, '+')
                AND n.internal_number = digits
                AND n.number_id <> id
                AND n.status <> 'Available'
        )

        SELECT greatest(max(d.until), instant) FROM doubtful AS d HAVING count(*) > 0
    );
END
$$;

-- Numbers with what stands against giving them away: a device that is listed with one now, and the
-- distrust of the list that has it, or had it last.
-- One row per number.
CREATE OR REPLACE VIEW numbers.guarded_number AS
SELECT
    n.number_id,
    n.internal_number,
    n.hierarchy,
    n.status,
    n.usage,
    n.vendor,
    n.subscriber,
    n.tag,
    n.release_date,
    n.description,
    n.e164_number,
    n.reservation_notes,
    n.extra,
    -- Another one after every change.
    concat(n.number_id, '-', n.xmin) AS version,
    exists(
        SELECT FROM numbers.presence AS p
        INNER JOIN numbers.place AS l ON p.place_id = l.place_id
        WHERE
            p.online_to IS NULL
            AND p.internal_number = n.internal_number
            AND numbers.same_number(n.internal_number, l.hierarchy, n.hierarchy)
    ) AS online,
    exists(
        SELECT FROM numbers.presence AS p
        INNER JOIN numbers.distrusted_place AS l ON p.place_id = l.place_id
        WHERE
            p.internal_number = n.internal_number
            AND numbers.same_number(n.internal_number, l.hierarchy, n.hierarchy)
    ) AS held
FROM numbers.number AS n;

-- The numbers of a wish: those that are named, and those of ranges from a first to a last one.
-- One row per number.
CREATE OR REPLACE FUNCTION numbers.wished(named text[], firsts text[], lasts text[])
RETURNS TABLE (item bigint, internal_number text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT row_number() OVER (ORDER BY min(w.nth), min(w.value)), w.internal_number
FROM (
    SELECT n.nth, 0 AS value, n.internal_number
    FROM unnest(named) WITH ORDINALITY AS n (internal_number, nth)
    UNION ALL
    SELECT
        cardinality(named) + r.nth,
        g.value,
        CASE WHEN starts_with(r.first, '+') THEN '+' ELSE '' END
        || lpad(CAST(g.value AS text), length(ltrim(r.first, '+')), '0')
    FROM unnest(firsts, lasts) WITH ORDINALITY AS r (first, last, nth)
    CROSS JOIN LATERAL generate_series(
        CAST(ltrim(r.first, '+') AS bigint), CAST(ltrim(r.last, '+') AS bigint)
    ) AS g (value)
) AS w
GROUP BY w.internal_number
$$;

-- The numbers of a wish, each with the row that is meant and why an operation must not take it:
-- null where it may. They are locked until the transaction ends.
-- They are looked for at a node, above and below it, and never outside of a limit. An operation
-- leaves some statuses, and says whether it takes what devices hold, what is listed, what recently
-- was (or stands elsewhere too, and is not Available there), and what a distrusted list has had, or
-- could have while it cools since a device had it.
-- One row per number of the wish.
CREATE OR REPLACE FUNCTION numbers.judged(
    named text[],
    firsts text[],
    lasts text[],
    node text,
    user_limit text,
    known_version text,
    leaves text[],
    takes text[],
    instant timestamptz,
    default_days integer
)
RETURNS TABLE (
    item bigint,
    wished text,
    number_id bigint,
    hierarchy text,
    status text,
    usage text,
    vendor text,
    subscriber text,
    release_date timestamptz,
    description text,
    e164_number text,
    reservation_notes text,
    extra jsonb,
    online boolean,
    recent_until timestamptz,
    refusal text
) LANGUAGE sql ROWS 5000 AS $$
WITH wish AS MATERIALIZED (
    SELECT w.* FROM numbers.wished(named, firsts, lasts) AS w
),

-- Looked up one by one: the planner would compare each that there is with each of the wish.
located AS MATERIALIZED (
    SELECT
        w.item,
        n.number_id
    FROM wish AS w
    CROSS JOIN LATERAL (
        SELECT a.number_id
        FROM numbers.number AS a
        WHERE
            a.internal_number = w.internal_number
            AND (node IS NULL OR numbers.related(a.hierarchy, node))
            AND (user_limit IS NULL OR numbers.at_or_below(a.hierarchy, user_limit))
        OFFSET 0
    ) AS n
),

found AS MATERIALIZED (
    SELECT
        w.item,
        g.*
    FROM numbers.guarded_number AS g
    INNER JOIN located AS w ON g.number_id = w.number_id
    ORDER BY g.number_id
    FOR UPDATE OF g
),

-- Each number of the wish, and behind it the rows that there are: one pass, however many they are.
everything AS (
    SELECT
        f.item,
        f.internal_number,
        f.number_id,
        f.hierarchy,
        f.status,
        f.usage,
        f.vendor,
        f.subscriber,
        f.release_date,
        f.description,
        f.e164_number,
        f.reservation_notes,
        f.extra,
        f.online,
        f.held,
        f.version
    FROM found AS f
    UNION ALL
    SELECT
        w.item,
        w.internal_number,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM wish AS w
),

numbered AS (
    SELECT
        e.*,
        row_number() OVER (PARTITION BY e.item ORDER BY e.number_id NULLS LAST) AS nth,
        count(e.number_id) OVER (PARTITION BY e.item) AS times
    FROM everything AS e
),

distrusted AS MATERIALIZED (
    SELECT DISTINCT x.hierarchy
    FROM numbers.distrusted_place AS x
),

recent AS (
    SELECT
        n.*,
        CASE
            WHEN NOT n.online AND n.vendor IS DISTINCT FROM 'AudioCodes'
                THEN numbers.recent_until(
                    n.internal_number, n.hierarchy, n.number_id, instant, default_days
                )
        END AS recent_until
    FROM numbered AS n
    WHERE n.nth = 1
)

SELECT
    n.item,
    n.internal_number,
    n.number_id,
    n.hierarchy,
    n.status,
    n.usage,
    n.vendor,
    n.subscriber,
    n.release_date,
    n.description,
    n.e164_number,
    n.reservation_notes,
    n.extra,
    n.online,
    n.recent_until,
    CASE
        WHEN n.number_id IS NULL THEN 'not found'
        WHEN n.times > 1 THEN 'ambiguous'
        WHEN n.version <> known_version THEN 'changed'
        WHEN n.vendor = 'AudioCodes' AND 'device' <> ALL(takes) THEN 'device'
        WHEN n.status <> ALL(leaves) THEN 'status'
        WHEN n.online AND 'listed' <> ALL(takes) THEN 'listed'
        WHEN n.held AND NOT n.online AND 'distrusted' <> ALL(takes) THEN 'distrusted'
        WHEN
            n.status = 'Cooling'
            AND NOT n.online
            AND 'distrusted' <> ALL(takes)
            AND (
                EXISTS (
                    SELECT FROM distrusted AS x
                    WHERE numbers.related(x.hierarchy, n.hierarchy)
                )
                AND EXISTS (
                    SELECT FROM numbers.number_event AS v
                    WHERE
                        v.internal_number = n.internal_number
                        AND v.number_id = n.number_id
                        AND v.from_vendor = 'AudioCodes'
                        AND v.to_status = 'Cooling'
                )
                OR EXISTS (
                    SELECT FROM numbers.presence AS p
                    INNER JOIN numbers.place AS l ON p.place_id = l.place_id
                    INNER JOIN distrusted AS x
                        ON
                            numbers.related(x.hierarchy, n.hierarchy)
                            OR numbers.related(x.hierarchy, l.hierarchy)
                    WHERE
                        p.internal_number = n.internal_number
                        AND numbers.same_number(n.internal_number, l.hierarchy, n.hierarchy)
                )
            )
            THEN 'distrusted'
        WHEN n.recent_until IS NULL OR 'recent' = ANY(takes) THEN NULL
        WHEN
            starts_with(n.internal_number, '+')
            AND EXISTS (
                SELECT FROM numbers.number AS o
                WHERE
                    o.internal_number = n.internal_number
                    AND o.number_id <> n.number_id
                    AND o.status <> 'Available'
            )
            THEN 'elsewhere'
        ELSE 'recent'
    END
FROM recent AS n
$$;
