-- When a connection at a hierarchy node, above it or below it was read last.
-- One row: null where none has been read.
SELECT max(s.as_of) AS as_of
FROM numbers.snapshot AS s
INNER JOIN numbers.connection AS c ON s.connection_id = c.connection_id
WHERE numbers.related(c.hierarchy, :hierarchy)
