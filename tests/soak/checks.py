"""What must hold at every moment: each query finds what breaks a rule, in one snapshot of all."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, text

AWAY = ("assign", "mark utility", "reserve", "next available", "move", "delete")

WRONGED = """
WITH known AS (
    -- The first list that has a phone: lists are recorded one after the other.
    SELECT d.phone_id, min(s.snapshot_id) AS snapshot_id
    FROM soak.listed AS d
    INNER JOIN numbers.connection AS c ON d.connection = c.name
    INNER JOIN numbers.snapshot AS s
        ON c.connection_id = s.connection_id AND d.as_of = s.as_of AND s.kind = 'list'
    GROUP BY d.phone_id
)

SELECT
    e.event_id, e.internal_number, e.hierarchy, e.cause, e.actor, e.as_of, e.from_status,
    e.to_status, p.phone_id, p.connection, p.sbc, p.on_at, p.off_at, e.recorded_at,
    s.as_of AS listed_at
FROM numbers.number_event AS e
INNER JOIN soak.phone AS p
    ON
        e.internal_number = p.number
        AND numbers.related(e.hierarchy, p.hierarchy)
        AND (p.off_at IS NULL OR p.off_at > e.recorded_at)
INNER JOIN known AS k ON p.phone_id = k.phone_id
INNER JOIN numbers.snapshot AS s ON k.snapshot_id = s.snapshot_id
WHERE
    pg_visible_in_snapshot(s.written_by, e.seen)
    AND (
        e.cause = ANY(:away)
        OR (e.to_status = 'Available' AND e.from_status <> 'Available')
    )
ORDER BY e.event_id
LIMIT 10
"""

CHAIN = """
WITH chain AS (
    SELECT
        e.*,
        lag(e.event_id) OVER w AS before_id,
        lag(e.to_status) OVER w AS before_status,
        lag(e.to_usage) OVER w AS before_usage,
        lag(e.to_vendor) OVER w AS before_vendor,
        lag(e.hierarchy) OVER w AS before_hierarchy
    FROM numbers.number_event AS e
    WINDOW w AS (PARTITION BY e.number_id ORDER BY e.event_id)
)

SELECT c.before_id, c.event_id, c.number_id, c.internal_number, c.cause, c.actor,
    c.before_status, c.from_status, c.to_status
FROM chain AS c
WHERE
    (c.from_status, c.from_usage, c.from_vendor)
    IS DISTINCT FROM (c.before_status, c.before_usage, c.before_vendor)
    OR (c.before_status IS NOT NULL AND c.hierarchy <> c.before_hierarchy)
    OR (c.cause = ANY(:handing) AND c.before_status IS DISTINCT FROM 'Available')
LIMIT 10
"""

ROWS = """
WITH last AS (
    SELECT DISTINCT ON (e.number_id) e.*
    FROM numbers.number_event AS e
    ORDER BY e.number_id, e.event_id DESC
)

SELECT
    coalesce(n.internal_number, e.internal_number) AS internal_number, n.number_id, e.event_id,
    n.status, e.to_status, n.hierarchy, e.hierarchy AS event_hierarchy, e.cause
FROM numbers.number AS n
FULL JOIN last AS e ON n.number_id = e.number_id
WHERE
    (n.number_id IS NULL) <> (e.to_status IS NULL)
    OR e.number_id IS NULL
    OR (
        n.number_id IS NOT NULL
        AND (n.status, n.usage, n.vendor, n.hierarchy, n.release_date)
        IS DISTINCT FROM (e.to_status, e.to_usage, e.to_vendor, e.hierarchy, e.release_date)
    )
LIMIT 10
"""

TWINS = """
SELECT a.internal_number, a.hierarchy, b.hierarchy AS other
FROM numbers.number AS a
INNER JOIN numbers.number AS b
    ON
        a.internal_number = b.internal_number
        AND a.number_id < b.number_id
        AND numbers.related(a.hierarchy, b.hierarchy)
LIMIT 10
"""

OVERLAPS = """
SELECT p.*
FROM (
    SELECT
        q.internal_number, q.place_id, q.active, q.online_from, q.online_to,
        lag(coalesce(q.online_to, 'infinity')) OVER (
            PARTITION BY q.internal_number, q.place_id, q.active ORDER BY q.online_from
        ) AS ended
    FROM numbers.presence AS q
) AS p
WHERE p.ended > p.online_from
LIMIT 10
"""

RULES = {
    "a number in use was given away or freed": WRONGED,
    "an event does not begin where the last one ended": CHAIN,
    "a row is not what its last event says": ROWS,
    "digits stand at two related nodes": TWINS,
    "intervals of presence overlap": OVERLAPS,
}

DONE = """
SELECT
    e.actor,
    count(*) AS numbers,
    array_agg(e.internal_number ORDER BY e.internal_number) AS which
FROM numbers.number_event AS e
WHERE e.actor LIKE 'soak %' AND (e.cause <> 'move' OR e.to_status IS NOT NULL)
GROUP BY e.actor
"""


def broken(db: Connection) -> list[str]:
    """What breaks a rule now; nothing, where all is well."""
    binds = {"away": list(AWAY), "handing": list(AWAY[:4])}
    return [
        f"{rule}: {dict(row)}"
        for rule, query in RULES.items()
        for row in db.execute(text(query), binds).mappings()
    ]


def untold(db: Connection, told: Iterable[Mapping[str, Any]]) -> list[str]:
    """Where events and what callers were told differ: for each actor, how many, and which."""
    done = {row.actor: (row.numbers, list(row.which)) for row in db.execute(text(DONE))}
    faults = []
    for one in told:
        numbers, which = done.pop(one["actor"], (0, []))
        same = one["which"] is None or sorted(one["which"]) == which
        if numbers != one["changed"] or not same:
            faults.append(f"told and done differ: {dict(one)}, events of {which}")
    faults += [f"events that nobody was told of: {actor} {of}" for actor, of in done.items()]
    return faults[:10]
