-- One row is one scope in which removals are withheld and releases are frozen, for a time:
-- one SBC node of a connection, or the whole connection (node is null).
CREATE TABLE numbers.hold (
    hold_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id integer NOT NULL REFERENCES numbers.connection,
    node text,
    reason text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,
    ended_by text,
    CONSTRAINT hold_end_has_a_cause CHECK ((until IS NULL) = (ended_by IS NULL))
);

-- This prevents two open holds on one scope.
CREATE UNIQUE INDEX hold_open ON numbers.hold (connection_id, coalesce(node, ''), (node IS NULL))
WHERE until IS NULL;
