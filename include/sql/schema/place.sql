-- One row is one place where numbers are seen online: an SBC node and IP group of a connection,
-- and the hierarchy node that its numbers belong to. What a list leaves out is ''.
CREATE TABLE numbers.place (
    place_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id integer NOT NULL REFERENCES numbers.connection,
    node text NOT NULL,
    ip_group text NOT NULL,
    hierarchy text COLLATE "C" NOT NULL,
    CONSTRAINT place_is_unique UNIQUE (connection_id, node, ip_group, hierarchy)
);
