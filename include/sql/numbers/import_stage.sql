-- Make the stage of an import.
-- One row of it is one row of the file; blank is null.
CREATE TEMPORARY TABLE import_row (
    line integer NOT NULL,
    internal_number text COLLATE "C" NOT NULL,
    hierarchy text COLLATE "C" NOT NULL,
    status text NOT NULL,
    usage text,
    vendor text,
    tag text,
    release_date timestamptz,
    description text,
    e164_number text,
    reservation_notes text,
    extra jsonb
) ON COMMIT DROP
