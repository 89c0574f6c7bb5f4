-- Leave these intervals as they are: their addresses are listed still.
-- One row per interval.
DELETE FROM delta AS d
WHERE d.internal_number IS NOT NULL AND d.key = ANY(CAST(:keys AS uuid[]))
