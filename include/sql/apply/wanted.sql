-- The changes of a plan that the timeline still wants: a number online by now is not removed. Or
-- those alone that remove nothing.
-- One row per change of an existing number.
CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
SELECT c.*
FROM numbers.plan_change AS c
WHERE
    c.plan_id = :plan_id
    AND c.status = 'open'
    AND c.kind <> 'create'
    AND (c.to_status = 'Used' OR NOT :claims_only)
    AND (
        c.to_status = 'Used'
        OR NOT EXISTS (
            SELECT FROM numbers.presence AS p
            INNER JOIN numbers.place AS l ON p.place_id = l.place_id
            WHERE
                coalesce(p.online_to, 'infinity') > :as_of
                AND p.internal_number = c.internal_number
                AND numbers.same_number(c.internal_number, l.hierarchy, c.hierarchy)
        )
    )
    AND (
        c.kind <> 'free'
        OR NOT EXISTS (
            SELECT FROM numbers.distrusted_place AS x
            WHERE numbers.related(x.hierarchy, c.hierarchy)
        )
        AND NOT EXISTS (
            SELECT FROM numbers.guarded_number AS g
            WHERE g.number_id = c.number_id AND g.held
        )
    )
