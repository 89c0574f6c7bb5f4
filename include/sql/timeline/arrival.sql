-- Make the stage of what is new in a list.
-- One row of it is one registration, by its line in the landed file.
CREATE TEMPORARY TABLE arrival (
    line integer NOT NULL,
    internal_number text COLLATE "C" NOT NULL,
    place_id integer NOT NULL,
    active boolean NOT NULL,
    aor text NOT NULL,
    user_agent text
) ON COMMIT DROP
