-- Seal a plan with the hash of its changes, and say how many are removals, and whether any of it
-- is withheld.
-- One row, the plan.
UPDATE numbers.plan AS p
SET
    status = CASE
        WHEN
            EXISTS (
                SELECT FROM numbers.plan_change AS c
                WHERE c.plan_id = p.plan_id AND c.status = 'withheld'
            )
            THEN 'withheld'
        ELSE 'open'
    END,
    removals = (
        SELECT count(*)
        FROM numbers.plan_change AS c
        WHERE
            c.plan_id = p.plan_id
            AND c.kind IN ('cool', 'free')
            AND c.status IN ('open', 'withheld')
    ),
    sha256 = (
        SELECT
            encode(
                sha256(
                    convert_to(
                        coalesce(
                            string_agg(
                                concat_ws(
                                    '|',
                                    c.kind,
                                    c.internal_number,
                                    c.hierarchy,
                                    c.from_status,
                                    c.to_status,
                                    c.release_date
                                ),
                                E'\n' ORDER BY c.internal_number, c.hierarchy, c.kind
                            ),
                            ''
                        ),
                        'UTF8'
                    )
                ),
                'hex'
            )
        FROM numbers.plan_change AS c
        WHERE c.plan_id = p.plan_id AND c.status <> 'reported'
    )
WHERE p.plan_id = :plan_id
RETURNING p.plan_id, p.status, p.sha256
