-- Whether an SBC node of a connection, or the whole of it (scope is null), could have a number of a
-- hierarchy node: by the hierarchy nodes of its places, and as a whole by its own too.
CREATE OR REPLACE FUNCTION numbers.could_have(id integer, scope text, at_node text)
RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT
    EXISTS (
        SELECT FROM numbers.place AS l
        WHERE
            l.connection_id = id
            AND (scope IS NULL OR l.node = scope)
            AND numbers.related(l.hierarchy, at_node)
    )
    OR scope IS NULL AND EXISTS (
        SELECT FROM numbers.connection AS c
        WHERE c.connection_id = id AND numbers.related(c.hierarchy, at_node)
    )
$$;
