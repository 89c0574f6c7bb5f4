-- True where digits at one hierarchy node are the number at another: a whole number is one
-- anywhere, an extension at a node itself, above it and below it.
CREATE OR REPLACE FUNCTION numbers.same_number(digits text, a text, b text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN starts_with(digits, '+') OR numbers.related(a, b);
