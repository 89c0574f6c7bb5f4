-- Say of each change of a plan whether it was made; what no longer fitted is superseded, and the
-- next plan sees it anew. Asked one by one, by the key of done: there is no join to be misjudged.
-- One row per change that was open.
UPDATE numbers.plan_change AS c
SET
    status = CASE
        WHEN
            EXISTS (
                SELECT FROM done AS d
                WHERE d.change_id = c.change_id
            )
            THEN 'applied'
        ELSE 'superseded'
    END
WHERE c.plan_id = :plan_id AND c.status = 'open'
