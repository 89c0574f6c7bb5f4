-- How many numbers the planner expects there to be; less than none where it has never counted.
-- One row.
SELECT c.reltuples AS numbers
FROM pg_class AS c
WHERE c.oid = CAST('numbers.number' AS regclass)
