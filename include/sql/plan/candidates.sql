-- Where what is online and what AudioCodes holds may differ: a superset, told by the digits alone.
-- One row per pair of an open interval and a row that AudioCodes holds, either side may be missing.
-- Both sides are read in the order of the numbers, from their indexes alone.
CREATE TEMPORARY TABLE candidate ON COMMIT DROP AS
WITH n AS (
    SELECT
        h.internal_number,
        h.hierarchy,
        h.number_id
    FROM numbers.number AS h
    WHERE h.vendor = 'AudioCodes' AND h.status = 'Used'
)

SELECT
    p.internal_number,
    p.place_id,
    p.active,
    n.number_id
FROM (
    SELECT
        o.internal_number,
        o.place_id,
        o.active
    FROM numbers.presence AS o
    WHERE o.online_to IS NULL
) AS p
FULL JOIN n ON p.internal_number = n.internal_number
LEFT JOIN numbers.place AS l ON p.place_id = l.place_id
WHERE
    p.internal_number IS NULL
    OR n.internal_number IS NULL
    OR NOT numbers.related(l.hierarchy, n.hierarchy)
