-- Add what is left of an import to the inventory: none → any status.
-- One row per number added, in the order of the file, in which the stage is read.
INSERT INTO numbers.number (
    number_id,
    internal_number,
    hierarchy,
    status,
    usage,
    vendor,
    subscriber,
    tag,
    release_date,
    description,
    e164_number,
    reservation_notes,
    extra
)
OVERRIDING SYSTEM VALUE
SELECT
    f.number_id,
    f.internal_number,
    f.hierarchy,
    f.status,
    f.usage,
    f.vendor,
    f.subscriber,
    CASE
        WHEN f.tag IS NULL AND f.status = 'Cooling'
            THEN numbers.cooling_tag(
                CAST(
                    greatest(
                        0,
                        ceil(
                            extract(EPOCH FROM f.release_date - CAST(:as_of AS timestamptz)) / 86400
                        )
                    ) AS integer
                ),
                f.release_date
            )
        ELSE f.tag
    END,
    f.release_date,
    f.description,
    f.e164_number,
    f.reservation_notes,
    f.extra
FROM import_row AS f
