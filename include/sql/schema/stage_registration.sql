-- One row is one registration of the list that is being laid in: its key, and its line in the
-- landed file. Emptied before each use; duplicates are allowed, and count once.
CREATE UNLOGGED TABLE numbers.stage_registration (
    key uuid NOT NULL,
    line integer NOT NULL
);
