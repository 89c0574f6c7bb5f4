-- One row is one change of one number, written by the statement that made the change.
-- Append-only; it stays when the number is deleted. From is null for a new number, to for one
-- that was deleted.
CREATE TABLE numbers.number_event (
    event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number_id bigint NOT NULL,
    internal_number text COLLATE "C" NOT NULL,
    hierarchy text COLLATE "C" NOT NULL,
    as_of timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    cause text NOT NULL,
    actor text NOT NULL,
    dag_run text,
    plan_id bigint,
    from_status text,
    from_usage text,
    from_vendor text,
    to_status text,
    to_usage text,
    to_vendor text,
    release_date timestamptz,
    detail jsonb
);

CREATE INDEX number_event_by_number ON numbers.number_event (internal_number, event_id);

CREATE INDEX number_event_by_time ON numbers.number_event USING brin (as_of);

CREATE FUNCTION numbers.refuse_to_rewrite_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'numbers.number_event is append-only: % is refused', tg_op;
END;
$$;

CREATE TRIGGER number_event_is_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON numbers.number_event
FOR EACH STATEMENT EXECUTE FUNCTION numbers.refuse_to_rewrite_history();
