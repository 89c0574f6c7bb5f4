-- What no longer fitted is superseded: the next plan sees it anew. The other changes of a plan that
-- has been applied stay open as they are written, and count as applied.
-- One row per change that was not made.
UPDATE numbers.plan_change AS c
SET status = 'superseded'
WHERE
    c.plan_id = :plan_id
    AND c.status = 'open'
    AND NOT EXISTS (
        SELECT FROM done AS d
        WHERE d.change_id = c.change_id
    )
