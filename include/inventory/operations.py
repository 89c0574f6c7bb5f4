"""What people do with numbers: assign, reserve, cool, add, delete, move, edit; each an event.

All or nothing, unless the result of each number is asked for. A number that is listed online is
never handed out, reserved or freed, whatever its status says: two users with one number is the
accident that all this exists to prevent.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from include.inventory import hierarchies, plans
from include.inventory.connections import at_or_below
from include.inventory.database import one_at_a_time
from include.inventory.errors import BadInput, Changed, Interrupted, NumbersRefused, Refused
from include.inventory.selections import NUMBER, Selection, size
from include.inventory.statements import statement
from include.inventory.status import Status
from include.inventory.texts import checked
from include.macros import MACROS

ANY = tuple(str(status) for status in Status)
AVAILABLE, USED, UTILITY, RESERVED, COOLING = ANY
EXTRA = re.compile(r"extra[1-9][0-9]{0,3}")
EDITABLE = ("description", "e164_number")
MOST_DAYS = 999
MANY = 1000


@dataclass(frozen=True)
class Operation:
    """What an operation does to the state of a number.

    ``leaves`` are the statuses it takes, none for a number that is yet to be; ``enters`` those it
    may end in, none for a number that is no more. ``takes`` says what else it takes: numbers that
    a device holds, that are listed, that were listed recently or are in use at another node too,
    and that a distrusted list has had, or could have.
    """

    name: str
    says: str
    leaves: tuple[str, ...]
    enters: tuple[str, ...]
    takes: tuple[str, ...] = ()

    @property
    def cause(self) -> str:
        """What its events give as their cause."""
        return self.name.replace("-", " ")


ADD = Operation("add", "Add numbers and ranges: those that are missing", (), (AVAILABLE,))
DELETE = Operation("delete", "Delete numbers; their history stays", (AVAILABLE,), (), ("recent",))
ASSIGN = Operation("assign", "Give numbers to a subscriber", (AVAILABLE,), (USED,))
UNASSIGN = Operation(
    "unassign",
    "Take numbers from subscribers and utilities",
    (USED, UTILITY),
    (COOLING, AVAILABLE, USED),
    ("listed", "recent"),
)
MARK_UTILITY = Operation(
    "mark-utility", "Give numbers to pilots, ports and parks", (AVAILABLE,), (UTILITY,)
)
RESERVE = Operation("reserve", "Set numbers aside", (AVAILABLE,), (RESERVED,))
UNRESERVE = Operation("unreserve", "End reservations", (RESERVED,), (AVAILABLE,), ("recent",))
COOL = Operation(
    "cool", "Let numbers age", (AVAILABLE,), (COOLING,), ("listed", "distrusted", "recent")
)
END_COOLING = Operation(
    "end-cooling", "End cooling before its time", (COOLING,), (AVAILABLE,), ("recent",)
)
MOVE = Operation(
    "move",
    "Move numbers to another hierarchy node",
    (AVAILABLE, USED, UTILITY, RESERVED),
    (AVAILABLE, USED, UTILITY, RESERVED),
)
EDIT = Operation(
    "edit", "Set free texts of numbers", ANY, ANY, ("device", "listed", "distrusted", "recent")
)
NEXT_AVAILABLE = Operation(
    "next-available", "Hand out the next available numbers", (AVAILABLE,), (RESERVED, USED)
)
OPERATIONS = {
    one.name: one
    for one in (
        ADD,
        DELETE,
        ASSIGN,
        UNASSIGN,
        MARK_UTILITY,
        RESERVE,
        UNRESERVE,
        COOL,
        END_COOLING,
        MOVE,
        EDIT,
        NEXT_AVAILABLE,
    )
}


@dataclass(frozen=True)
class Item:
    """What an operation has made of one number; ``reason`` says why, where it was refused.

    ``status``, ``vendor`` and ``release_date`` are as they are afterwards.
    """

    internal_number: str
    outcome: str
    hierarchy: str | None = None
    status: str | None = None
    vendor: str | None = None
    release_date: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What an operation did: how many numbers it was for, and what became of them.

    On a dry run nothing has changed, and ``changed`` is how many would have. ``items`` are those
    that were refused, a thousand of them at most, or all numbers where each is asked for.
    """

    operation: str
    chosen: int
    changed: int
    refused: int = 0
    unchanged: int = 0
    dry_run: bool = False
    items: list[Item] = field(default_factory=list)


def add(db: Connection, chosen: Selection, *, description: str | None = None) -> Outcome:
    """Add the numbers that are missing at, above and below a node, Available; others stay."""
    if chosen.hierarchy is None:
        raise BadInput("Numbers are added at a hierarchy node; name it")
    binds = _binds(chosen, ADD) | {"description": checked("description", description)}
    check_limit(chosen.hierarchy, chosen)
    one_at_a_time(db)  # or a related node might be given the same digits meanwhile
    hierarchies.keep(db, chosen.hierarchy)
    rows = db.execute(statement("operations/add"), binds).mappings().all()
    counts = rows[0]
    made = counts["missing"] if chosen.dry_run else counts["changed"]
    items = [_added(row, chosen.hierarchy) for row in rows if row["internal_number"]]
    unchanged = counts["chosen"] - made
    return Outcome(ADD.name, counts["chosen"], made, 0, unchanged, chosen.dry_run, items)


def check_limit(hierarchy: str, chosen: Selection) -> None:
    """Refused for a node outside of the user's limit."""
    limit = chosen.user_limit
    if limit is not None and not at_or_below(hierarchy, limit):
        raise Refused(f"{hierarchy[:40]!a} is not at or below {limit}, which you are limited to")


def _added(row: RowMapping, hierarchy: str) -> Item:
    if row["known"]:
        return Item(row["internal_number"], "unchanged", reason="is there already")
    return Item(row["internal_number"], "changed", hierarchy, AVAILABLE)


def delete(db: Connection, chosen: Selection) -> Outcome:
    """Available → no row; the history stays."""
    return _run(db, chosen, DELETE, "operations/delete")


def assign(
    db: Connection,
    chosen: Selection,
    *,
    vendor: str | None,
    usage: str = "User",
    subscriber: str | None = None,
) -> Outcome:
    """Available → Used by a subscriber, who may be named, of a vendor."""
    check_holder(vendor, usage)
    to = {"to_usage": usage, "to_vendor": vendor, "to_subscriber": subscriber}
    return _change(db, chosen, ASSIGN, USED, **to)


def check_holder(vendor: str | None, usage: str | None) -> None:
    """Refused for who cannot be given a number by people; BadInput without a usage."""
    if (vendor or "").strip().casefold() == "audiocodes":
        raise Refused("AudioCodes numbers are held by devices: a sync assigns them, nobody else")
    if not (usage or "").strip():
        raise BadInput("A number that is used needs its usage, e.g. User or Hunt_Pilot")


def mark_utility(
    db: Connection, chosen: Selection, *, usage: str, subscriber: str | None = None
) -> Outcome:
    """Available → Used-Utility, for a pilot, port or park of that kind, which may be named."""
    check_holder(None, usage)
    return _change(db, chosen, MARK_UTILITY, UTILITY, to_usage=usage, to_subscriber=subscriber)


def unassign(db: Connection, chosen: Selection) -> Outcome:
    """Used by a subscriber → Cooling or Available, by the settings in force at its node.

    A number that is also listed online keeps that user: it becomes Used / Device / AudioCodes.
    """
    return _change(db, chosen, UNASSIGN, None)


def reserve(
    db: Connection, chosen: Selection, *, days: int | None = None, notes: str | None = None
) -> Outcome:
    """Available → Reserved, for some days of 24 hours, or until it is ended by hand."""
    return _change(db, chosen, RESERVE, RESERVED, days=days, reservation_notes=notes)


def unreserve(db: Connection, chosen: Selection) -> Outcome:
    """Reserved → Available."""
    return _change(db, chosen, UNRESERVE, AVAILABLE)


def cool(db: Connection, chosen: Selection, *, days: int | None = None) -> Outcome:
    """Available → Cooling, for the days given or those in force at each number's node.

    What a device had lately cools until it would be released, if that is later.
    """
    return _change(db, chosen, COOL, COOLING, days=days)


def end_cooling(db: Connection, chosen: Selection) -> Outcome:
    """Cooling → Available, before its time."""
    return _change(db, chosen, END_COOLING, AVAILABLE)


def move(db: Connection, chosen: Selection, *, to_hierarchy: str) -> Outcome:
    """Make numbers belong to another node; their states stay.

    Refused are numbers that cool, that a device holds or is listed with, here or there, and that
    the other node, one above it or one below it has already.
    """
    check_limit(to_hierarchy, chosen)
    one_at_a_time(db)  # or a related node might be given the same digits meanwhile
    hierarchies.keep(db, to_hierarchy)
    return _run(db, chosen, MOVE, "operations/move", to_hierarchy=to_hierarchy)


def edit(db: Connection, chosen: Selection, texts: Mapping[str, str | None]) -> Outcome:
    """Set the texts ``description``, ``e164_number``, ``extra1``, …; None or blank clears one."""
    for name in texts:
        if name not in EDITABLE and not EXTRA.fullmatch(name):
            raise BadInput(
                f"{name[:40]!a} cannot be edited; {', '.join(EDITABLE)}, extra1, extra2 and so on "
                "can"
            )
    if not texts:
        raise BadInput("No text is given; name one, e.g. description")
    values = {name: checked(name, value) for name, value in texts.items()}
    number = values.get("e164_number")
    if number is not None and not (NUMBER.fullmatch(number) and number.startswith("+")):
        raise BadInput(f"e164_number {number[:40]!a} is none: + and 2 to 15 digits")
    fixed = {name: value for name, value in values.items() if name in EDITABLE}
    extra = {name: value for name, value in values.items() if name not in EDITABLE}
    parts = {"texts": json.dumps(fixed), "extra": json.dumps(extra)}
    return _run(db, chosen, EDIT, "operations/edit", **parts)


def _change(
    db: Connection, chosen: Selection, operation: Operation, to_status: str | None, **to: Any
) -> Outcome:
    """Move numbers to a state; what is not given becomes blank."""
    blank = ("to_usage", "to_vendor", "to_subscriber", "reservation_notes")
    texts = {name: checked(name.removeprefix("to_"), to.get(name)) for name in blank}
    return _run(
        db,
        chosen,
        operation,
        "operations/change",
        to_status=to_status,
        days=whole_days(to.get("days")),
        cooling_enabled=MACROS["number_inventory_cooling_enabled"].default,
        cooling_days=MACROS["number_inventory_cooling_duration_days"].default,
        **texts,
    )


def whole_days(days: int | None) -> int | None:
    """The days themselves, none or 0 to 999. Raises BadInput."""
    if days is None:
        return None
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= MOST_DAYS:
        raise BadInput(f"{days!r} days cannot be: it takes a whole number of 0 to {MOST_DAYS}")
    return days


def _run(
    db: Connection, chosen: Selection, operation: Operation, name: str, **more: Any
) -> Outcome:
    """Carry an operation out.

    Raises NumbersRefused where a number cannot be taken and not each is asked for, Changed where a
    version does not fit any more, Interrupted where numbers were changed meanwhile.
    """
    binds = _binds(chosen, operation) | more
    attempt = db.begin_nested() if chosen.dry_run else None
    plans.judge_new_lists(db)
    _count(db, chosen)
    db.execute(statement("operations/lock"), binds)  # what is judged then is what is now
    rows = db.execute(statement(name), binds).mappings().all()
    if attempt is not None:
        attempt.rollback()
    outcome = _outcome(chosen, operation, rows)
    if any(row["refusal"] == "changed" for row in rows):
        raise Changed(f"{rows[0]['internal_number']} was changed since it was read; read it again")
    if chosen.dry_run or (outcome.refused and chosen.per_item):
        return outcome
    if outcome.refused:
        raise NumbersRefused(_refusal(operation, outcome), outcome)
    return outcome


def _count(db: Connection, chosen: Selection) -> None:
    """Have the numbers counted where the planner expects fewer than many that are asked for.

    Otherwise it would compare each that is there with each of them.
    """
    many = size(chosen.numbers)
    if many > MANY and 0 <= db.execute(statement("operations/expected")).scalar_one() < many:
        db.execute(text("ANALYZE numbers.number"))


def _binds(chosen: Selection, operation: Operation) -> dict[str, Any]:
    binds = chosen.binds()
    if chosen.version is not None and (len(binds["numbers"]) != 1 or binds["firsts"]):
        raise BadInput("A version is that of one number; give one number with it")
    return binds | {
        "reason": checked("reason", chosen.reason),
        "cause": operation.cause,
        "leaves": list(operation.leaves),
        "takes": list(operation.takes),
        "device_days": MACROS["audiocodes_cooling_duration"].default,
    }


def _outcome(chosen: Selection, operation: Operation, rows: Sequence[RowMapping]) -> Outcome:
    counts, items = rows[0], [_item(row, operation) for row in rows if row["internal_number"]]
    able = counts["chosen"] - counts["refused"]
    whole = chosen.per_item or not counts["refused"]
    if not chosen.dry_run and whole and counts["changed"] != able:
        raise Interrupted("Some of the numbers were changed meanwhile; nothing was done: try again")
    changed = (able if whole else 0) if chosen.dry_run else counts["changed"]
    unchanged = counts["chosen"] - counts["refused"] - changed
    return Outcome(
        operation.name,
        counts["chosen"],
        changed,
        counts["refused"],
        unchanged,
        chosen.dry_run,
        items,
    )


def _item(row: RowMapping, operation: Operation) -> Item:
    reason = None if row["refusal"] is None else _reason(row, operation)
    return Item(
        row["internal_number"],
        "changed" if reason is None else "refused",
        row["hierarchy"],
        row["status"] if operation is not DELETE or reason else None,
        row["vendor"],
        row["release_date"],
        reason,
    )


def _reason(row: RowMapping, operation: Operation) -> str:
    """Why a number was refused, to be read behind the number."""
    state = str(row["status"])
    if row["release_date"] is not None:
        state += f" until {row['release_date'].astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return {
        "not found": "is not in the inventory, or not at, above or below the node that is named",
        "ambiguous": "is at several nodes; name the one that is meant",
        "changed": "was changed since it was read",
        "device": "is Used by an AudioCodes device; remove the device, and the next sync lets the "
        "number cool",
        "status": f"is {state}; only {' or '.join(operation.leaves)} numbers can be taken",
        "listed": f"is {state}, but in use by a registered device",
        "distrusted": f"is {state}, and of an SBC whose list is distrusted",
        "recent": f"is {state}, but a device had it lately and may be back",
        "elsewhere": f"is {state}, and stands at another hierarchy node too, where it is not "
        "Available",
        "there already": "is at that node already, above it or below it",
        "listed there": "is in use by a registered device at that node",
    }[row["refusal"]]


def _refusal(operation: Operation, outcome: Outcome) -> str:
    shown = "; ".join(f"{item.internal_number} {item.reason}" for item in outcome.items[:5])
    more = f"; and {outcome.refused - 5} more" if outcome.refused > 5 else ""
    return f"Cannot {operation.cause}: {shown}{more}. Nothing was changed"
