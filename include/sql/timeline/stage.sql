-- Make the table of the list that is being laid in.
-- One row of it is one registration: its key, and its line in the landed file. Duplicates are
-- allowed, and count once.
CREATE TEMPORARY TABLE stage_registration (
    key uuid NOT NULL,
    line integer NOT NULL
) ON COMMIT DROP
