-- Rows of an import whose digits stand in another row as well.
-- One row per row of the file, by number and line.
WITH repeated AS (
    SELECT g.internal_number
    FROM import_row AS g
    GROUP BY g.internal_number
    HAVING count(*) > 1
)

SELECT
    f.internal_number,
    f.hierarchy,
    f.line
FROM import_row AS f
INNER JOIN repeated AS r ON f.internal_number = r.internal_number
ORDER BY f.internal_number, f.line
