-- One row is one hierarchy node: a provider, a reseller, a customer, a site, or a level in between,
-- which is also what a node is until somebody says better.
CREATE TABLE numbers.hierarchy_node (
    hierarchy text COLLATE "C" PRIMARY KEY,
    -- The node right above it, null at the top. This prevents a node without those above it, and
    -- the deletion of one with nodes below it.
    parent text COLLATE "C" GENERATED ALWAYS AS (
        nullif(regexp_replace(hierarchy, '\.?[^.]*$', ''), '')
    ) STORED REFERENCES numbers.hierarchy_node,
    type text NOT NULL DEFAULT 'intermediate',
    description text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by text NOT NULL,
    CONSTRAINT hierarchy_node_type_is_known CHECK (
        type IN ('provider', 'reseller', 'customer', 'intermediate', 'site')
    )
);

CREATE INDEX hierarchy_node_parent ON numbers.hierarchy_node (parent);

-- A node and those above it, the top first.
CREATE FUNCTION numbers.hierarchy_path(node text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(array_to_string(p.labels[1:p.depth], '.') ORDER BY p.depth)
    FROM (
        SELECT
            l.labels,
            generate_subscripts(l.labels, 1) AS depth
        FROM (SELECT string_to_array(hierarchy_path.node, '.') AS labels) AS l
    ) AS p
$$;

-- Where numbers are, there are nodes: those that are missing are made, with those above them, and
-- none of them can be deleted until the transaction ends.
CREATE FUNCTION numbers.make_nodes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    nodes text[] := (SELECT array_agg(DISTINCT r.hierarchy) FROM arrived AS r);
BEGIN
    INSERT INTO numbers.hierarchy_node (hierarchy, created_by)
    SELECT DISTINCT p.node, tg_table_name
    FROM unnest(nodes) AS a (node)
    CROSS JOIN unnest(numbers.hierarchy_path(a.node)) AS p (node)
    WHERE NOT EXISTS (SELECT FROM numbers.hierarchy_node AS h WHERE h.hierarchy = a.node)
    ORDER BY p.node
    ON CONFLICT DO NOTHING;
    PERFORM FROM numbers.hierarchy_node AS h WHERE h.hierarchy = ANY(nodes) FOR KEY SHARE;
    RETURN NULL;
END;
$$;

INSERT INTO numbers.hierarchy_node (hierarchy, created_by)
SELECT DISTINCT
    p.node,
    'upgrade'
FROM (
    SELECT n.hierarchy FROM numbers.number AS n
    UNION
    SELECT c.hierarchy FROM numbers.connection AS c
    UNION
    SELECT l.hierarchy FROM numbers.place AS l
    UNION
    SELECT m.hierarchy FROM numbers.macro AS m
) AS known
CROSS JOIN unnest(numbers.hierarchy_path(known.hierarchy)) AS p (node)
ORDER BY p.node;

CREATE TRIGGER number_has_its_node AFTER INSERT ON numbers.number
REFERENCING NEW TABLE AS arrived
FOR EACH STATEMENT EXECUTE FUNCTION numbers.make_nodes();

CREATE TRIGGER connection_has_its_node AFTER INSERT ON numbers.connection
REFERENCING NEW TABLE AS arrived
FOR EACH STATEMENT EXECUTE FUNCTION numbers.make_nodes();

CREATE TRIGGER connection_has_its_other_node AFTER UPDATE ON numbers.connection
REFERENCING NEW TABLE AS arrived
FOR EACH STATEMENT EXECUTE FUNCTION numbers.make_nodes();

CREATE TRIGGER place_has_its_node AFTER INSERT ON numbers.place
REFERENCING NEW TABLE AS arrived
FOR EACH STATEMENT EXECUTE FUNCTION numbers.make_nodes();
