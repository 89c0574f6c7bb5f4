-- One row is one internal number at one hierarchy node. Blank is null.
CREATE TABLE numbers.number (
    number_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    internal_number text COLLATE "C" NOT NULL,
    hierarchy text COLLATE "C" NOT NULL,
    status text NOT NULL DEFAULT 'Available',
    usage text,
    vendor text,
    tag text,
    release_date timestamptz,
    description text,
    e164_number text,
    reservation_notes text,
    extra jsonb,
    -- This prevents the same digits twice at one node.
    CONSTRAINT number_is_unique UNIQUE (internal_number, hierarchy),
    CONSTRAINT number_status_is_known CHECK (
        status IN ('Available', 'Used', 'Used-Utility', 'Reserved', 'Cooling')
    ),
    -- This prevents a number that nothing holds from looking held.
    CONSTRAINT number_unused_has_no_user CHECK (
        status IN ('Used', 'Used-Utility') OR (usage IS NULL AND vendor IS NULL)
    ),
    -- This prevents a cooling without an end, and an end without a cooling or a reservation.
    CONSTRAINT number_release_date_fits_status CHECK (
        CASE status
            WHEN 'Cooling' THEN release_date IS NOT NULL
            WHEN 'Reserved' THEN TRUE
            ELSE release_date IS NULL
        END
    ),
    CONSTRAINT number_blank_is_null CHECK (usage <> '' AND vendor <> '' AND tag <> '')
);

-- What AudioCodes devices hold, in the order of the numbers: a plan reads it beside presence_open.
CREATE INDEX number_audiocodes ON numbers.number (internal_number, hierarchy)
INCLUDE (number_id, status) WHERE vendor = 'AudioCodes';

-- What is waiting for its release date.
CREATE INDEX number_release_date ON numbers.number (release_date) WHERE release_date IS NOT NULL;

-- A plan reads this table's index alone, as long as vacuum keeps up with the changes of a day.
ALTER TABLE numbers.number SET (
    autovacuum_vacuum_scale_factor = 0.005, autovacuum_vacuum_insert_scale_factor = 0.005
);
