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

-- From when on a person has accepted what vanished in a scope of a connection: an SBC node, or the
-- whole (scope is null); with empty, that the list has nothing there.
CREATE FUNCTION numbers.accepted_at(id integer, scope text, empty boolean) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
SELECT max(d.as_of)
FROM numbers.decision AS d
INNER JOIN numbers.plan AS p ON d.plan_id = p.plan_id
INNER JOIN numbers.verdict AS v ON p.plan_id = v.plan_id
WHERE
    d.decision = 'approved'
    AND p.connection_id = id
    AND (v.node IS NULL OR v.node = scope)
    AND (v.listed = 0 OR NOT empty)
$$;

-- Whether a plan withholds the removal of a number: what a person who decides on it has seen.
CREATE FUNCTION numbers.is_withheld(plan bigint, number bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT EXISTS (
    SELECT FROM numbers.plan_change AS w
    WHERE w.plan_id = plan AND w.number_id = number AND w.status = 'withheld'
)
$$;

-- Numbers whose release date is reached, and what keeps each of them; null where it may go.
-- A number that a device ever had needs evidence: it is online nowhere, every connection that could
-- hold it has been read since it was ready, and no SBC that could is distrusted, for its device may
-- have moved there.
CREATE FUNCTION numbers.due_number(instant timestamptz, default_days integer)
RETURNS TABLE (
    number_id bigint,
    internal_number text,
    hierarchy text,
    status text,
    release_date timestamptz,
    description text,
    reservation_notes text,
    kept_by text
) LANGUAGE sql STABLE AS $$
WITH due AS (
    SELECT
        n.number_id,
        n.internal_number,
        n.hierarchy,
        n.status,
        n.release_date,
        n.description,
        n.reservation_notes
    FROM numbers.number AS n
    WHERE n.release_date <= instant AND n.status IN ('Cooling', 'Reserved')
),

listed AS (
    SELECT
        d.number_id,
        d.hierarchy,
        d.release_date,
        l.connection_id,
        p.online_to
    FROM due AS d
    INNER JOIN numbers.presence AS p ON d.internal_number = p.internal_number
    INNER JOIN numbers.place AS l
        ON p.place_id = l.place_id AND numbers.related(l.hierarchy, d.hierarchy)
),

-- Listed again while it cooled, a number cools anew: from the list that lacked it then.
cooled AS (
    SELECT
        o.hierarchy,
        o.online_to,
        o.online_to + make_interval(
            hours => 24 * coalesce(
                numbers.macro_value('audiocodes_cooling_duration', o.hierarchy, o.online_to),
                default_days
            )
        ) AS until
    FROM (SELECT DISTINCT
        l.hierarchy,
        l.online_to
    FROM listed AS l) AS o
),

newest AS (
    SELECT
        c.connection_id,
        c.hierarchy,
        c.configured,
        coalesce(max(s.as_of), '-infinity') AS read_at
    FROM numbers.connection AS c
    LEFT JOIN numbers.snapshot AS s ON c.connection_id = s.connection_id
    WHERE c.purged_at IS NULL
    GROUP BY c.connection_id
),

-- Up to when everything that could hold a number of a hierarchy node has been read, and whether
-- some of it is distrusted.
confirmed AS (
    SELECT
        h.hierarchy,
        (
            SELECT min(c.read_at)
            FROM newest AS c
            WHERE c.configured AND numbers.related(c.hierarchy, h.hierarchy)
        ) AS until,
        EXISTS (
            SELECT FROM numbers.distrusted_place AS x
            WHERE numbers.related(x.hierarchy, h.hierarchy)
        ) AS distrusted
    FROM (SELECT DISTINCT l.hierarchy FROM listed AS l) AS h
),

evidence AS (
    SELECT
        l.number_id,
        l.hierarchy,
        bool_or(l.online_to IS NULL) AS online,
        greatest(max(l.release_date), max(k.until)) AS ready_at,
        min(c.read_at) AS read_at
    FROM listed AS l
    LEFT JOIN cooled AS k ON l.hierarchy = k.hierarchy AND l.online_to = k.online_to
    LEFT JOIN newest AS c ON l.connection_id = c.connection_id
    GROUP BY l.number_id, l.hierarchy
)

SELECT
    d.number_id,
    d.internal_number,
    d.hierarchy,
    d.status,
    d.release_date,
    d.description,
    d.reservation_notes,
    CASE
        WHEN e.online THEN 'online'
        WHEN f.distrusted THEN 'in a hold'
        WHEN
            e.ready_at > instant
            OR e.ready_at > least(e.read_at, f.until)
            THEN 'absence not confirmed'
    END
FROM due AS d
LEFT JOIN evidence AS e ON d.number_id = e.number_id
LEFT JOIN confirmed AS f ON e.hierarchy = f.hierarchy
$$;
