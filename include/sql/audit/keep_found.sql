-- Keep what was found before the repair, to tell afterwards what was repaired.
-- The same rows as violation.
ALTER TABLE violation RENAME TO found
