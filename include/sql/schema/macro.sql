-- One row is the value of one named macro at one hierarchy node, for a time.
CREATE TABLE numbers.macro (
    name text NOT NULL,
    hierarchy text COLLATE "C" NOT NULL,
    value integer NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, hierarchy, valid_from),
    CONSTRAINT macro_ends_after_it_begins CHECK (valid_to > valid_from)
);

-- This prevents two values in force at one node.
CREATE UNIQUE INDEX macro_in_force ON numbers.macro (name, hierarchy) WHERE valid_to IS NULL;

-- The value of a macro at a node at an instant: that of the nearest node looking up; else null.
CREATE FUNCTION numbers.macro_value(macro text, node text, instant timestamptz) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT m.value
    FROM numbers.macro AS m
    WHERE
        m.name = macro
        AND (m.hierarchy = node OR starts_with(node, m.hierarchy || '.'))
        AND m.valid_from <= instant
        AND (m.valid_to IS NULL OR m.valid_to > instant)
    ORDER BY length(m.hierarchy) DESC
    LIMIT 1
);
