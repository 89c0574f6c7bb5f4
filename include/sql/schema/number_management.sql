-- What number management adds to a number: the subscriber that holds it, and ways to find it.
ALTER TABLE numbers.number ADD COLUMN subscriber text;

-- This prevents a subscriber of a number that nobody, or a device, holds.
ALTER TABLE numbers.number ADD CONSTRAINT number_subscriber_fits_status CHECK (
    subscriber IS NULL
    OR (
        subscriber <> ''
        AND status IN ('Used', 'Used-Utility')
        AND vendor IS DISTINCT FROM 'AudioCodes'
    )
);

-- The numbers of a node by status: lists of a node, and the next one that is available.
CREATE INDEX number_by_node ON numbers.number (hierarchy, status, internal_number);

-- Numbers of a status anywhere.
CREATE INDEX number_by_status ON numbers.number (status, internal_number, hierarchy);

-- Numbers by their last digits.
CREATE INDEX number_by_ending ON numbers.number (reverse(internal_number) COLLATE "C");

-- True where one node is another, or lies below it.
CREATE FUNCTION numbers.at_or_below(node text, top text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN node = top OR starts_with(node, top || '.');

-- True where a device is listed now with a number at a node, above it or below it.
CREATE FUNCTION numbers.online(number text, node text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT EXISTS (
    SELECT FROM numbers.presence AS p
    INNER JOIN numbers.place AS l ON p.place_id = l.place_id
    WHERE
        p.online_to IS NULL
        AND p.internal_number = online.number
        AND numbers.related(l.hierarchy, online.node)
)
$$;

-- True where the list that has a number now is distrusted: what it no longer has may be in use.
CREATE FUNCTION numbers.held(number text, node text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT EXISTS (
    SELECT FROM numbers.presence AS p
    INNER JOIN numbers.place AS l ON p.place_id = l.place_id
    INNER JOIN numbers.hold AS h
        ON l.connection_id = h.connection_id AND (h.node IS NULL OR l.node = h.node)
    WHERE
        h.until IS NULL
        AND p.internal_number = held.number
        AND numbers.related(l.hierarchy, held.node)
)
$$;

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
