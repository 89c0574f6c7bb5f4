-- One row is one computed difference between what the inventory should be and what it is.
CREATE TABLE numbers.plan (
    plan_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id integer NOT NULL REFERENCES numbers.connection,
    snapshot_id bigint NOT NULL REFERENCES numbers.snapshot,
    as_of timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'open',
    computed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    applied_at timestamptz,
    sha256 text,
    CONSTRAINT plan_status_is_known CHECK (
        status IN ('open', 'applied', 'withheld', 'superseded')
    )
);

CREATE INDEX plan_by_snapshot ON numbers.plan (snapshot_id);
