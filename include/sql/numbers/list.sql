-- Numbers of the inventory that fit all of some filters. What is null filters nothing: values are
-- bound as literals, so the planner drops such conditions and uses the index that fits the others.
-- Endings of one or two digits are found on the way through all numbers, others by their index. A
-- number ends as its AOR does, whatever is dialled before it; a short one is the AOR's user part.
-- The order, the place to go on from and the length of a page are added to it (numbers.py).
-- One row per number and hierarchy node.
SELECT
    n.internal_number,
    n.hierarchy,
    n.status,
    n.usage,
    n.vendor,
    n.subscriber,
    n.tag,
    n.release_date,
    n.description,
    n.e164_number,
    n.reservation_notes,
    n.extra
FROM numbers.number AS n
WHERE
    (CAST(:statuses AS text[]) IS NULL OR n.status = ANY(CAST(:statuses AS text[])))
    AND (CAST(:vendor AS text) IS NULL OR n.vendor = :vendor)
    AND (CAST(:usage AS text) IS NULL OR n.usage = :usage)
    AND (CAST(:subscriber AS text) IS NULL OR n.subscriber = :subscriber)
    AND (CAST(:hierarchy AS text) IS NULL OR numbers.at_or_below(n.hierarchy, :hierarchy))
    AND (CAST(:prefix AS text) IS NULL OR starts_with(n.internal_number, :prefix))
    AND (
        CAST(:ending AS text) IS NULL
        OR (length(:ending) <= 2 AND right(n.internal_number, length(:ending)) = :ending)
        OR (length(:ending) > 2 AND starts_with(reverse(n.internal_number), reverse(:ending)))
    )
    AND (
        CAST(:release_from AS timestamptz) IS NULL
        OR n.release_date >= CAST(:release_from AS timestamptz)
    )
    AND (
        CAST(:release_before AS timestamptz) IS NULL
        OR n.release_date < CAST(:release_before AS timestamptz)
    )
    AND (
        CAST(:aor AS text) IS NULL
        OR (
            (CAST(:aor_number AS text) IS NULL OR n.internal_number = :aor_number)
            AND starts_with(reverse(n.internal_number), reverse(:aor_ending))
            AND EXISTS (
                SELECT FROM numbers.presence AS p
                INNER JOIN numbers.place AS l ON p.place_id = l.place_id
                WHERE
                    p.online_to IS NULL
                    AND p.internal_number = n.internal_number
                    AND numbers.related(l.hierarchy, n.hierarchy)
                    AND starts_with(
                        lower(
                            regexp_replace(p.aor, '^([^<]*<)?((sips?|tel):)?', '', 'i') || '@'
                        ),
                        :aor
                    )
            )
        )
    )
    AND (CAST(:tag AS text) IS NULL OR starts_with(n.tag COLLATE "C", :tag))
