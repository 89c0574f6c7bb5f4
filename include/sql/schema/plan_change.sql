-- One row is one wanted change of one number, or one finding that changes nothing (reported).
-- An open change of a plan that was applied has been made: its event names the plan.
CREATE TABLE numbers.plan_change (
    plan_id bigint NOT NULL REFERENCES numbers.plan,
    change_id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    status text NOT NULL,
    number_id bigint,
    internal_number text COLLATE "C" NOT NULL,
    hierarchy text COLLATE "C" NOT NULL,
    node text,
    aor text,
    from_status text,
    from_usage text,
    from_vendor text,
    to_status text,
    to_usage text,
    to_vendor text,
    tag text,
    release_date timestamptz,
    reason text NOT NULL,
    PRIMARY KEY (plan_id, change_id),
    CONSTRAINT plan_change_kind_is_known CHECK (
        kind IN (
            'create', 'claim', 'reactivate', 'override', 'cool', 'free', 'conflict', 'ambiguous'
        )
    ),
    CONSTRAINT plan_change_status_is_known CHECK (
        status IN ('open', 'withheld', 'superseded', 'reported')
    )
);
