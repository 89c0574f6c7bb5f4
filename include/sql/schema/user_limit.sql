-- One row is one user who sees and changes only what is at a hierarchy node or below it.
-- Users without a row see everything.
CREATE TABLE numbers.user_limit (
    username text PRIMARY KEY,
    hierarchy text COLLATE "C" NOT NULL REFERENCES numbers.hierarchy_node,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
