"""What people do with numbers: assign, reserve, cool, add, delete. All or nothing, each an event.

A number that is listed online is never handed out, reserved or freed, whatever its status says:
two users with one number is the accident that all this exists to prevent.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from include.inventory import macros, plans
from include.inventory.connections import HIERARCHY
from include.inventory.errors import Refused
from include.inventory.events import Actor
from include.inventory.imports import INTERNAL_NUMBER
from include.inventory.statements import statement


@dataclass(frozen=True)
class Selection:
    """Some numbers at, above or below a node, the instant, and who asks for what reason."""

    numbers: Sequence[str]
    hierarchy: str
    as_of: datetime
    actor: Actor
    reason: str | None = None

    def binds(self) -> dict[str, Any]:
        """What the statements ask for."""
        return {
            "numbers": list(self.numbers),
            "hierarchy": self.hierarchy,
            "as_of": self.as_of,
            "reason": self.reason,
        } | self.actor.binds()


def assign(db: Connection, chosen: Selection, *, vendor: str | None, usage: str = "User") -> int:
    """Available → Used by a subscriber of a vendor; return how many."""
    if vendor == "AudioCodes":
        raise Refused("AudioCodes numbers are held by devices: a sync assigns them, nobody else")
    rows = _rows(db, chosen, ("Available",), unlisted=True)
    return _move(db, chosen, rows, "assign", "Used", to_usage=usage, to_vendor=vendor)


def mark_utility(db: Connection, chosen: Selection, *, usage: str) -> int:
    """Available → Used-Utility, for a pilot, port or park of that kind; return how many."""
    if not usage:
        raise Refused("A utility number needs its usage, e.g. Hunt_Pilot")
    rows = _rows(db, chosen, ("Available",), unlisted=True)
    return _move(db, chosen, rows, "mark utility", "Used-Utility", to_usage=usage)


def unassign(db: Connection, chosen: Selection) -> int:
    """Used by a subscriber → Cooling or Available, by the settings in force; return how many.

    A number that is also listed online keeps that user: it becomes Used / Device / AudioCodes.
    """
    rows = _rows(db, chosen, ("Used", "Used-Utility"))
    held = [row.internal_number for row in rows if row.vendor == "AudioCodes"]
    if held:
        raise Refused(
            f"{_some(held)} held by AudioCodes devices; remove the devices, and the next sync "
            "lets the numbers cool"
        )
    online = [row for row in rows if row.online]
    moved = _move(db, chosen, online, "unassign", "Used", to_usage="Device", to_vendor="AudioCodes")
    for row in rows:
        if not row.online:
            moved += _give_up(db, chosen, row)
    return moved


def _give_up(db: Connection, chosen: Selection, row: Row[Any]) -> int:
    switch = macros.in_force(
        db, "number_inventory_cooling_enabled", row.hierarchy, as_of=chosen.as_of
    )
    if switch.value:
        return _cool(db, chosen, [row], "unassign", None)
    return _move(db, chosen, [row], "unassign", "Available")


def reserve(
    db: Connection, chosen: Selection, *, days: int | None = None, notes: str | None = None
) -> int:
    """Available → Reserved, for some days or until it is ended by hand; return how many."""
    rows = _rows(db, chosen, ("Available",), unlisted=True)
    until = None if days is None else chosen.as_of + timedelta(days=_days(days))
    return _move(
        db, chosen, rows, "reserve", "Reserved", release_date=until, reservation_notes=notes
    )


def unreserve(db: Connection, chosen: Selection) -> int:
    """Reserved → Available; return how many."""
    rows = _rows(db, chosen, ("Reserved",), unlisted=True)
    return _move(db, chosen, rows, "unreserve", "Available")


def cool(db: Connection, chosen: Selection, *, days: int | None = None) -> int:
    """Available → Cooling, for the days given or those in force; return how many."""
    rows = _rows(db, chosen, ("Available",))
    return sum(_cool(db, chosen, [row], "cool by hand", days) for row in rows)


def end_cooling(db: Connection, chosen: Selection) -> int:
    """Cooling → Available, before its time; return how many."""
    rows = _rows(db, chosen, ("Cooling",), unlisted=True)
    return _move(db, chosen, rows, "end cooling", "Available")


def add(db: Connection, chosen: Selection) -> int:
    """Add the numbers that are missing, Available; return how many."""
    for number in chosen.numbers:
        if not re.fullmatch(INTERNAL_NUMBER, number):
            raise Refused(f"{number!r} is no number: + and 2 to 15 digits, or 1 to 15 of 0-9*#")
    if not re.fullmatch(HIERARCHY, chosen.hierarchy):
        raise Refused(f"{chosen.hierarchy!r} is no hierarchy node; give e.g. sys.hcs.acme")
    return int(db.execute(statement("operations/add"), chosen.binds()).rowcount)


def delete(db: Connection, chosen: Selection) -> int:
    """Delete Available numbers; their history stays. Return how many."""
    rows = _rows(db, chosen, ("Available",), unlisted=True)
    binds = chosen.binds() | {"number_ids": [row.number_id for row in rows]}
    return int(db.execute(statement("operations/delete"), binds).rowcount)


def _cool(
    db: Connection, chosen: Selection, rows: list[Row[Any]], cause: str, days: int | None
) -> int:
    if days is None:
        days = macros.in_force(
            db, "number_inventory_cooling_duration_days", rows[0].hierarchy, as_of=chosen.as_of
        ).value
    until = chosen.as_of + timedelta(days=_days(days))
    tag = db.execute(statement("operations/tag"), {"days": days, "until": until}).scalar_one()
    return _move(db, chosen, rows, cause, "Cooling", tag=tag, release_date=until)


def _days(days: int) -> int:
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= 999:
        raise Refused(f"{days!r} days cannot be: it takes a whole number of 0 to 999")
    return days


def _rows(
    db: Connection, chosen: Selection, statuses: Sequence[str], *, unlisted: bool = False
) -> list[Row[Any]]:
    """The one row of each number, in one of the statuses; Refused, naming those that are not."""
    plans.judge_new_lists(db)
    rows = list(db.execute(statement("operations/find"), chosen.binds()).all())
    found = Counter(row.internal_number for row in rows)
    missing = [number for number in chosen.numbers if found[number] != 1]
    if missing:
        raise Refused(
            f"{_some(missing)} not found just once at, above or below {chosen.hierarchy}; "
            "nothing was changed"
        )
    wrong = [f"{row.internal_number} is {row.status}" for row in rows if row.status not in statuses]
    if wrong:
        raise Refused(
            f"Only {' or '.join(statuses)} numbers can be taken: {'; '.join(wrong[:5])}; "
            "nothing was changed"
        )
    online = [row.internal_number for row in rows if unlisted and row.online]
    if online:
        raise Refused(f"{_some(online)} in use by a registered device; nothing was changed")
    held = [row.internal_number for row in rows if row.held and not row.online]
    if held and (unlisted or "Used" in statuses):
        raise Refused(f"{_some(held)} of an SBC whose list is distrusted; nothing was changed")
    return rows


def _move(
    db: Connection,
    chosen: Selection,
    rows: Sequence[Row[Any]],
    cause: str,
    to_status: str,
    **to: Any,
) -> int:
    """Move rows to a state; fields that are not given become blank."""
    if not rows:
        return 0
    blank = ("to_usage", "to_vendor", "tag", "release_date", "reservation_notes")
    binds = chosen.binds() | dict.fromkeys(blank) | {name: to[name] or None for name in to}
    binds |= {
        "cause": cause,
        "to_status": to_status,
        "number_ids": [row.number_id for row in rows],
        "from_statuses": sorted({row.status for row in rows}),
    }
    return int(db.execute(statement("operations/change"), binds).rowcount)


def _some(numbers: Sequence[str]) -> str:
    shown = ", ".join(numbers[:5])
    more = f" and {len(numbers) - 5} more" if len(numbers) > 5 else ""
    return f"{shown}{more} {'is' if len(numbers) == 1 else 'are'}"
