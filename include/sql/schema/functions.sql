-- True where one hierarchy node is the other, lies above it, or lies below it.
CREATE FUNCTION numbers.related(a text, b text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN a = b OR starts_with(a, b || '.') OR starts_with(b, a || '.');

-- What the tag of a cooling number says.
CREATE FUNCTION numbers.cooling_tag(days integer, release_date timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN 'Cooling for ' || days || CASE WHEN days = 1 THEN ' day' ELSE ' days' END
|| ', until ' || to_char(release_date AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC';
