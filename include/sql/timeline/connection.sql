-- A connection by its name, at a hierarchy node or below it.
-- One row or none.
SELECT c.connection_id
FROM numbers.connection AS c
WHERE
    c.name = :name
    AND (CAST(:within AS text) IS NULL OR numbers.at_or_below(c.hierarchy, :within))
