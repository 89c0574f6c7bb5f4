-- One row is one connection to an AudioCodes Routing Manager that has ever been configured.
CREATE TABLE numbers.connection (
    connection_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    hierarchy text COLLATE "C" NOT NULL,
    configured boolean NOT NULL DEFAULT TRUE,
    purged_at timestamptz
);
