-- How long numbers stay in each status at a node: from the event by which a number enters it to the
-- next one by which it leaves it, or to an instant where it has not left.
-- One row per status.
WITH changed AS (
    SELECT
        e.to_status AS status,
        e.as_of AS entered,
        lead(e.as_of) OVER (
            PARTITION BY e.number_id, e.hierarchy
            ORDER BY e.event_id
        ) AS ended
    FROM numbers.number_event AS e
    WHERE
        e.as_of <= :as_of
        AND e.from_status IS DISTINCT FROM e.to_status
        AND (CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(e.hierarchy, :hierarchy))
),

stays AS (
    SELECT
        c.status,
        c.ended,
        CAST(
            extract(EPOCH FROM coalesce(c.ended, CAST(:as_of AS timestamptz)) - c.entered)
            AS double precision
        ) / 86400 AS days
    FROM changed AS c
    WHERE c.status IS NOT NULL
),

measured AS (
    SELECT
        s.status,
        count(s.ended) AS ended,
        count(*) - count(s.ended) AS ongoing,
        avg(s.days) AS mean_days,
        percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY s.days) AS percentiles
    FROM stays AS s
    GROUP BY s.status
)

SELECT
    m.status,
    m.ended,
    m.ongoing,
    m.mean_days,
    m.percentiles[1] AS median_days,
    m.percentiles[2] AS p90_days
FROM measured AS m
ORDER BY m.status
