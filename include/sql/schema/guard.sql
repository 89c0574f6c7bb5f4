-- The stage is a temporary table by now: an unlogged one whose emptying is taken back can keep a
-- server that crashes soon after from starting again.
DROP TABLE numbers.stage_registration;

-- It has no rows: the steps of the pipeline take turns by locking it.
CREATE TABLE numbers.turn ();

-- What a connection's entry in the configuration says of the guard: values by the name of a macro.
ALTER TABLE numbers.connection ADD COLUMN guard jsonb NOT NULL DEFAULT '{}';

-- A plan that is made of no list proposes a purge: all of it is withheld until a person approves.
-- Removals are what it wants removed, and removed what of it has been.
ALTER TABLE numbers.plan
ALTER COLUMN snapshot_id DROP NOT NULL,
ADD COLUMN removals bigint NOT NULL DEFAULT 0,
ADD COLUMN removed bigint NOT NULL DEFAULT 0;

CREATE INDEX plan_by_time ON numbers.plan (as_of);

-- Missed: lacking in a list, and not in enough of them in a row yet.
ALTER TABLE numbers.plan_change
DROP CONSTRAINT plan_change_kind_is_known,
ADD CONSTRAINT plan_change_kind_is_known CHECK (
    kind IN (
        'create', 'claim', 'reactivate', 'override', 'cool', 'free', 'missed', 'conflict',
        'ambiguous'
    )
);

CREATE INDEX plan_change_withheld ON numbers.plan_change (plan_id, number_id)
WHERE status = 'withheld';

-- One row is one scope of a plan that the guard distrusts: an SBC node, or the whole connection
-- (node is null); the rule, its figures, and what would clear it. Most is how many may be missing.
CREATE TABLE numbers.verdict (
    plan_id bigint NOT NULL REFERENCES numbers.plan,
    node text,
    rule text NOT NULL,
    listed bigint NOT NULL,
    held bigint NOT NULL,
    removed bigint NOT NULL,
    cooling bigint NOT NULL,
    most bigint NOT NULL,
    reason text NOT NULL,
    clears text NOT NULL,
    CONSTRAINT verdict_rule_is_known CHECK (
        rule IN (
            'empty list', 'stale list', 'all vanished', 'threshold', 'overall', 'all nodes',
            'missing node', 'purge'
        )
    ),
    CONSTRAINT verdict_is_one_per_scope UNIQUE NULLS NOT DISTINCT (plan_id, node)
);

-- Plan is the newest one whose verdict keeps the hold open.
ALTER TABLE numbers.hold
ADD COLUMN rule text NOT NULL DEFAULT 'threshold',
ADD COLUMN clears text NOT NULL DEFAULT 'the next list that is well again',
ADD COLUMN plan_id bigint REFERENCES numbers.plan;

-- One row is what one person decided on what a plan withholds; an approval is carried out by a plan
-- of its own.
CREATE TABLE numbers.decision (
    decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plan_id bigint NOT NULL REFERENCES numbers.plan,
    decision text NOT NULL,
    reason text NOT NULL,
    as_of timestamptz NOT NULL,
    decided_by text NOT NULL,
    dag_run text,
    sha256 text NOT NULL,
    withheld bigint NOT NULL,
    carried_out_by bigint REFERENCES numbers.plan,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT decision_is_known CHECK (decision IN ('approved', 'rejected')),
    CONSTRAINT decision_has_a_reason CHECK (reason ~ '\S'),
    CONSTRAINT decision_is_carried_out_by_a_plan CHECK (
        (decision = 'approved') = (carried_out_by IS NOT NULL)
    )
);

CREATE INDEX decision_by_plan ON numbers.decision (plan_id);

CREATE INDEX decision_by_outcome ON numbers.decision (carried_out_by);

-- The value of a macro of the guard: that of the connection's configuration; else that of the
-- nearest hierarchy node looking up; else the default.
CREATE FUNCTION numbers.guard_value(
    macro text, id integer, node text, instant timestamptz, defaults jsonb
)
RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(
    (
        SELECT CAST(c.guard ->> macro AS integer)
        FROM numbers.connection AS c
        WHERE c.connection_id = id
    ),
    numbers.macro_value(macro, node, instant),
    CAST(defaults ->> macro AS integer)
);

-- Whether a plan withholds the removal of a number: what a person who decides on it has seen.
CREATE FUNCTION numbers.is_withheld(plan bigint, number bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT EXISTS (
    SELECT FROM numbers.plan_change AS w
    WHERE w.plan_id = plan AND w.number_id = number AND w.status = 'withheld'
)
$$;
