-- A connection by its name.
-- One row or none.
SELECT c.connection_id
FROM numbers.connection AS c
WHERE c.name = :name
