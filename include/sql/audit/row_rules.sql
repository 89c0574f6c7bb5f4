-- What is wrong with single rows of the inventory.
-- One row per rule and number that breaks it. Rows in the two usual states break none, and are
-- passed over at once.
CREATE TEMPORARY TABLE violation ON COMMIT DROP AS
WITH unusual AS MATERIALIZED (
    SELECT n.*
    FROM numbers.number AS n
    WHERE
        NOT (
            n.status = 'Available'
            AND n.usage IS NULL
            AND n.vendor IS NULL
            AND n.tag IS NULL
            AND n.release_date IS NULL
        )
        AND NOT (
            n.status = 'Used'
            AND n.usage = 'Device'
            AND n.vendor = 'AudioCodes'
            AND n.tag IS NULL
            AND n.release_date IS NULL
        )
),

-- After a hold, a wait until after the release date is as it should be.
resting AS MATERIALIZED (
    SELECT d.number_id
    FROM numbers.due_number(:as_of, :default_days) AS d
    WHERE d.kept_by = 'resting after a hold'
)

SELECT
    'audiocodes_is_used_by_device' AS rule,
    u.number_id,
    u.internal_number,
    u.hierarchy,
    concat_ws(' / ', u.status, coalesce(u.usage, '(blank)'), u.vendor) AS detail
FROM unusual AS u
WHERE u.vendor = 'AudioCodes' AND (u.status <> 'Used' OR u.usage IS DISTINCT FROM 'Device')
UNION ALL
SELECT
    'cooling_has_tag_and_release_date',
    u.number_id,
    u.internal_number,
    u.hierarchy,
    concat_ws(
        ', ',
        CASE WHEN u.tag IS NULL THEN 'no tag' END,
        CASE WHEN u.release_date IS NULL THEN 'no release date' END
    )
FROM unusual AS u
WHERE u.status = 'Cooling' AND (u.tag IS NULL OR u.release_date IS NULL)
UNION ALL
SELECT
    'available_is_blank',
    u.number_id,
    u.internal_number,
    u.hierarchy,
    concat_ws(
        ', ',
        'usage ' || u.usage,
        'vendor ' || u.vendor,
        'tag ' || u.tag,
        'release date ' || to_char(u.release_date, 'YYYY-MM-DD HH24:MI')
    )
FROM unusual AS u
WHERE u.status = 'Available'
UNION ALL
SELECT
    'no_release_overdue',
    u.number_id,
    u.internal_number,
    u.hierarchy,
    u.status || ', due ' || to_char(u.release_date, 'YYYY-MM-DD HH24:MI') || ' UTC'
FROM unusual AS u
WHERE
    u.status IN ('Cooling', 'Reserved')
    AND u.release_date <= :overdue_since
    AND u.number_id NOT IN (SELECT r.number_id FROM resting AS r)
UNION ALL
SELECT
    'status_is_known',
    u.number_id,
    u.internal_number,
    u.hierarchy,
    coalesce(u.status, '(blank)')
FROM unusual AS u
WHERE
    u.status IS NULL
    OR u.status NOT IN ('Available', 'Used', 'Used-Utility', 'Reserved', 'Cooling')
