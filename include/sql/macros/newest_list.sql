-- When a connection was read last that could have numbers of a hierarchy node.
-- One row: null where none has been read.
SELECT max(s.as_of) AS as_of
FROM numbers.snapshot AS s
INNER JOIN numbers.connection AS c ON s.connection_id = c.connection_id
WHERE numbers.could_have(c.connection_id, NULL, :hierarchy)
