-- One row is one interval in which a number was listed at a place: from the list that first had it
-- (online_from) to the list that first lacked it (online_to; null while it is still listed).
-- Entries that are not active yet have intervals of their own: they keep a number, and claim none.
CREATE TABLE numbers.presence (
    internal_number text COLLATE "C" NOT NULL,
    place_id integer NOT NULL REFERENCES numbers.place,
    active boolean NOT NULL,
    online_from timestamptz NOT NULL,
    online_to timestamptz,
    aor text NOT NULL,
    user_agent text,
    -- A hash of connection, number, place and activity: lists are compared by it.
    key uuid NOT NULL,
    PRIMARY KEY (internal_number, place_id, active, online_from),
    CONSTRAINT presence_ends_after_it_begins CHECK (online_to > online_from)
);

-- This prevents a number from being online twice at one place, and it is what a plan reads:
-- in the order of the numbers, without touching the table.
CREATE UNIQUE INDEX presence_open ON numbers.presence (internal_number, place_id, active)
WHERE online_to IS NULL;

-- A plan reads this table's index alone, as long as vacuum keeps up with the changes of a day.
ALTER TABLE numbers.presence SET (
    autovacuum_vacuum_scale_factor = 0.005, autovacuum_vacuum_insert_scale_factor = 0.005
);
