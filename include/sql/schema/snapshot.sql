-- One row is one complete list of registered users, laid into the timeline; never changed.
-- A purge is kept as a list of nothing: from then on, nothing is online at the connection.
CREATE TABLE numbers.snapshot (
    snapshot_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id integer NOT NULL REFERENCES numbers.connection,
    as_of timestamptz NOT NULL,
    kind text NOT NULL DEFAULT 'list',
    path text NOT NULL,
    sha256 text NOT NULL,
    registered_users bigint NOT NULL,
    rejected bigint NOT NULL,
    node_counts jsonb NOT NULL,
    observed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- This prevents two lists for one instant.
    CONSTRAINT snapshot_is_one_per_instant UNIQUE (connection_id, as_of),
    CONSTRAINT snapshot_kind_is_known CHECK (kind IN ('list', 'purge'))
);
