-- How many numbers there are to audit.
-- One row.
SELECT count(*)
FROM numbers.number
