-- From when on what a list lacked counts as absent there: the first list of its connection since
-- then that a plan has judged; the list itself where none has been yet. Null for what is listed.
CREATE OR REPLACE FUNCTION numbers.absent_from(id integer, online_to timestamptz)
RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT
    CASE
        WHEN online_to IS NOT NULL
            THEN
                coalesce(
                    (
                        SELECT s.as_of
                        FROM numbers.snapshot AS s
                        WHERE
                            s.connection_id = id
                            AND s.as_of >= online_to
                            AND EXISTS (
                                SELECT FROM numbers.plan AS a
                                WHERE a.snapshot_id = s.snapshot_id
                            )
                        ORDER BY s.as_of
                        LIMIT 1
                    ),
                    online_to
                )
    END
$$;
