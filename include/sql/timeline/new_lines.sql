-- The lines of a part of the landed file that are new to the timeline.
-- One row per line.
SELECT d.line
FROM delta AS d
WHERE d.line >= :begin AND d.line < :end
ORDER BY d.line
