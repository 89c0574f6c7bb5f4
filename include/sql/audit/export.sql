-- Every number that broke a rule, before the repair or after it, and whether it was repaired.
-- One row per rule and number.
WITH broken AS (
    SELECT
        f.rule,
        f.internal_number,
        f.hierarchy,
        f.detail,
        NOT EXISTS (
            SELECT FROM violation AS v
            WHERE
                v.rule = f.rule
                AND v.internal_number = f.internal_number
                AND v.hierarchy = f.hierarchy
        ) AS repaired
    FROM found AS f
    UNION ALL
    SELECT
        v.rule,
        v.internal_number,
        v.hierarchy,
        v.detail,
        FALSE
    FROM violation AS v
    WHERE
        NOT EXISTS (
            SELECT FROM found AS f
            WHERE
                f.rule = v.rule
                AND f.internal_number = v.internal_number
                AND f.hierarchy = v.hierarchy
        )
)

SELECT
    b.rule,
    b.internal_number,
    b.hierarchy,
    b.detail,
    CASE WHEN b.repaired THEN 'yes' ELSE 'no' END AS repaired
FROM broken AS b
ORDER BY b.rule, b.internal_number, b.hierarchy
