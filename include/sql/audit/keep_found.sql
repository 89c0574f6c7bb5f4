-- Keep what was found before the repair, to tell afterwards what was repaired.
-- The same rows as violation.
CREATE TEMPORARY TABLE found ON COMMIT DROP AS
SELECT v.*
FROM violation AS v
