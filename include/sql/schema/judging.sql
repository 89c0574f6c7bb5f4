-- Numbers with what stands against giving them away: a device that is listed with one now, and the
-- distrust of the list that has it, or had it last.
-- One row per number.
CREATE VIEW numbers.guarded_number AS
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
FROM numbers.number AS n;

-- The numbers of a wish: those that are named, and those of ranges from a first to a last one.
-- One row per number.
CREATE FUNCTION numbers.wished(named text[], firsts text[], lasts text[])
RETURNS TABLE (item bigint, internal_number text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT min(w.item), w.internal_number
FROM (
    SELECT n.item, n.internal_number
    FROM unnest(named) WITH ORDINALITY AS n (internal_number, item)
    UNION ALL
    SELECT
        cardinality(named) + g.value,
        CASE WHEN starts_with(r.first, '+') THEN '+' ELSE '' END
        || lpad(CAST(g.value AS text), length(ltrim(r.first, '+')), '0')
    FROM unnest(firsts, lasts) AS r (first, last)
    CROSS JOIN LATERAL generate_series(
        CAST(ltrim(r.first, '+') AS bigint), CAST(ltrim(r.last, '+') AS bigint)
    ) AS g (value)
) AS w
GROUP BY w.internal_number
$$;

-- The numbers of a wish, each with the row that is meant and why an operation must not take it:
-- null where it may. They are locked until the transaction ends.
-- They are looked for at a node, above and below it, and never outside of a limit. An operation
-- leaves some statuses, and says whether it takes what devices hold, what is listed, and what a
-- distrusted list has had.
-- One row per number of the wish.
CREATE FUNCTION numbers.judged(
    named text[],
    firsts text[],
    lasts text[],
    node text,
    user_limit text,
    known_version text,
    leaves text[],
    takes text[]
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
    reservation_notes text,
    online boolean,
    refusal text
) LANGUAGE sql ROWS 100 AS $$
WITH wish AS MATERIALIZED (
    SELECT w.* FROM numbers.wished(named, firsts, lasts) AS w
),

found AS MATERIALIZED (
    SELECT g.*
    FROM numbers.guarded_number AS g
    INNER JOIN wish AS w ON g.internal_number = w.internal_number
    WHERE
        (node IS NULL OR numbers.related(g.hierarchy, node))
        AND (user_limit IS NULL OR numbers.at_or_below(g.hierarchy, user_limit))
    ORDER BY g.number_id
    FOR UPDATE OF g
),

numbered AS (
    SELECT
        f.*,
        row_number() OVER same_digits AS nth,
        count(*) OVER same_digits AS times
    FROM found AS f
    WINDOW same_digits AS (PARTITION BY f.internal_number)
)

SELECT
    w.item,
    w.internal_number,
    n.number_id,
    n.hierarchy,
    n.status,
    n.usage,
    n.vendor,
    n.subscriber,
    n.release_date,
    n.description,
    n.reservation_notes,
    n.online,
    CASE
        WHEN n.number_id IS NULL THEN 'not found'
        WHEN n.times > 1 THEN 'ambiguous'
        WHEN n.version <> known_version THEN 'changed'
        WHEN n.vendor = 'AudioCodes' AND 'device' <> ALL(takes) THEN 'device'
        WHEN n.status <> ALL(leaves) THEN 'status'
        WHEN n.online AND 'listed' <> ALL(takes) THEN 'listed'
        WHEN n.held AND NOT n.online AND 'distrusted' <> ALL(takes) THEN 'distrusted'
    END
FROM wish AS w
LEFT JOIN numbered AS n ON w.internal_number = n.internal_number AND n.nth = 1
$$;
