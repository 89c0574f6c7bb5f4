-- One row is one registration of the list that is being laid in. Emptied before each use;
-- duplicates are allowed, and count once.
CREATE UNLOGGED TABLE numbers.stage_registration (
    internal_number text COLLATE "C" NOT NULL,
    place_id integer NOT NULL,
    active boolean NOT NULL,
    aor text NOT NULL,
    user_agent text
);
