-- Record what a person decided on a plan, and the plan that carries it out.
-- One row.
INSERT INTO numbers.decision (
    plan_id,
    decision,
    reason,
    as_of,
    decided_by,
    dag_run,
    sha256,
    withheld,
    carried_out_by
)
VALUES (
    :plan_id,
    :decision,
    :reason,
    :as_of,
    :actor,
    :dag_run,
    :sha256,
    :withheld,
    CAST(:carried_out_by AS bigint)
)
