-- Make the stage of an import.
-- One row of it is one row of the file, with the id that its number gets; blank is null.
CREATE TEMPORARY TABLE import_row (
    number_id bigint NOT NULL DEFAULT nextval('numbers.number_number_id_seq'),
    line integer NOT NULL,
    internal_number text COLLATE "C" NOT NULL,
    hierarchy text COLLATE "C" NOT NULL,
    status text NOT NULL,
    usage text,
    vendor text,
    subscriber text,
    tag text,
    release_date timestamptz,
    description text,
    e164_number text,
    reservation_notes text,
    extra jsonb
) ON COMMIT DROP
