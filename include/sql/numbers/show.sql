-- A number wherever it is, or was before it was deleted; with a node, only where related to it;
-- with the limit of a user, only at or below that. Its version is another one after every change.
-- One row per hierarchy node; the status of a deleted number is null.
WITH found AS (
    SELECT
        n.number_id,
        n.internal_number,
        n.hierarchy,
        n.status,
        n.usage,
        n.vendor,
        n.subscriber,
        n.tag,
        n.release_date,
        n.description,
        n.e164_number,
        n.reservation_notes,
        n.extra,
        concat(n.number_id, '-', n.xmin) AS version
    FROM numbers.number AS n
    WHERE n.internal_number = :internal_number
    UNION ALL
    SELECT DISTINCT
        CAST(NULL AS bigint),
        e.internal_number,
        e.hierarchy,
        CAST(NULL AS text),
        CAST(NULL AS text),
        CAST(NULL AS text),
        CAST(NULL AS text),
        CAST(NULL AS text),
        CAST(NULL AS timestamptz),
        CAST(NULL AS text),
        CAST(NULL AS text),
        CAST(NULL AS text),
        CAST(NULL AS jsonb),
        CAST(NULL AS text)
    FROM numbers.number_event AS e
    WHERE
        e.internal_number = :internal_number
        AND NOT EXISTS (
            SELECT FROM numbers.number AS n
            WHERE n.internal_number = e.internal_number AND n.hierarchy = e.hierarchy
        )
)

SELECT f.*
FROM found AS f
WHERE
    (CAST(:hierarchy AS text) IS NULL OR numbers.related(f.hierarchy, :hierarchy))
    AND (CAST(:user_limit AS text) IS NULL OR numbers.at_or_below(f.hierarchy, :user_limit))
ORDER BY f.hierarchy
