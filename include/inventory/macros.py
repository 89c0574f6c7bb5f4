"""Named macros at hierarchy nodes: set, resolved and remembered in the inventory's database."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from include.inventory import hierarchies
from include.inventory.connections import HIERARCHY
from include.inventory.errors import Refused, Unknown
from include.inventory.statements import statement
from include.macros import MACROS, Macro


@dataclass(frozen=True)
class InForce:
    """The value of a macro at a node at an instant; ``source`` is the node it was set at.

    ``source``, ``valid_from`` and ``set_by`` are None where it is the shipped default.
    """

    name: str
    hierarchy: str
    value: int
    unit: str
    source: str | None = None
    valid_from: datetime | None = None
    set_by: str | None = None


def named(name: str) -> Macro:
    """The macro of that name. Raises Unknown."""
    if name not in MACROS:
        raise Unknown(f"There is no macro {name}; there are: {', '.join(sorted(MACROS))}")
    return MACROS[name]


def in_force(
    db: Connection, name: str, hierarchy: str, *, as_of: datetime | None = None
) -> InForce:
    """The value of a macro at a node: the nearest node looking up that has one, or the default."""
    macro = named(name)
    binds = {"name": name, "hierarchy": hierarchy, "as_of": as_of or datetime.now(UTC)}
    found = db.execute(statement("macros/in_force"), binds).one_or_none()
    if found is None:
        return InForce(name, hierarchy, macro.default, macro.unit)
    return InForce(
        name, hierarchy, found.value, macro.unit, found.hierarchy, found.valid_from, found.set_by
    )


def set_value(
    db: Connection,
    name: str,
    value: Any,
    *,
    hierarchy: str,
    set_by: str,
    valid_from: datetime | None = None,
) -> InForce:
    """Set a macro at a node from an instant on (now, by default); its history is kept.

    It applies to numbers that begin to cool from then on. Raises Refused, naming macro, node and
    value, for anything but a whole number within the bounds of the macro, and for an instant before
    the newest list of a connection there: what was judged is never judged otherwise. Raises Unknown
    for a node that there is not.
    """
    macro = named(name)
    whole = checked(macro, value, hierarchy)
    hierarchies.keep(db, hierarchy)
    start = valid_from or datetime.now(UTC)
    binds: dict[str, Any] = {"name": name, "hierarchy": hierarchy, "valid_from": start}
    before = db.execute(statement("macros/newest"), binds).one_or_none()
    if before is not None and start <= before.valid_from:
        raise Refused(
            f"{name} at {hierarchy} has been set from {before.valid_from.isoformat()} on, and its "
            f"history is never rewritten; set {whole} from a later instant"
        )
    if before is not None and before.valid_to is not None and start < before.valid_to:
        raise Refused(
            f"{name} at {hierarchy} had a value until {before.valid_to.isoformat()}, and its "
            f"history is never rewritten; set {whole} from that instant or a later one"
        )
    read = db.execute(statement("macros/newest_list"), {"hierarchy": hierarchy}).scalar_one()
    if read is not None and start < read:
        raise Refused(
            f"{name} at {hierarchy} cannot be set from {start.isoformat()} on: a list of "
            f"{read.isoformat()} has been judged with what was in force then; set {whole} from "
            "that instant or a later one"
        )
    binds["set_by"] = set_by
    db.execute(statement("macros/end"), binds)
    db.execute(statement("macros/set"), binds | {"value": whole})
    return InForce(name, hierarchy, whole, macro.unit, hierarchy, start, set_by)


def clear(db: Connection, name: str, *, hierarchy: str, cleared_by: str) -> InForce:
    """End the value that a node itself has, from now on; what is in force there instead.

    It is that of a node above, or the default; the history is kept. Raises Refused where the node
    has none, or one that is yet to begin.
    """
    named(name)
    now = datetime.now(UTC)
    binds = {"name": name, "hierarchy": hierarchy, "valid_from": now}
    before = db.execute(statement("macros/newest"), binds).one_or_none()
    if before is None or before.valid_to is not None:
        raise Refused(f"{name} has no value of its own at {hierarchy}; nothing was changed")
    if before.valid_from >= now:
        raise Refused(
            f"{name} at {hierarchy} is yet to begin, at {before.valid_from.isoformat()}; clear it "
            "then, as its history is never rewritten"
        )
    db.execute(statement("macros/end"), binds | {"set_by": cleared_by})
    return in_force(db, name, hierarchy)


def checked(macro: Macro, value: Any, hierarchy: str) -> int:
    """The value as a whole number within the bounds of the macro, or Refused."""
    wanted = f"{macro.name} at {hierarchy} cannot be {value!r}"
    if not re.fullmatch(HIERARCHY, hierarchy):
        raise Refused(f"{wanted}: {hierarchy!r} is no hierarchy node; give e.g. sys.hcs.acme")
    if isinstance(value, bool) or not re.fullmatch(r"[+-]?[0-9]{1,9}", str(value).strip()):
        raise Refused(f"{wanted}: it takes a whole number of {macro.unit}")
    whole = int(str(value).strip())
    if not macro.allows(whole):
        raise Refused(f"{wanted}: {macro.takes}")
    return whole


def history(db: Connection, hierarchy: str | None = None) -> list[dict[str, Any]]:
    """Every value ever set, newest first; with a node, those that it sees looking up."""
    rows = db.execute(statement("macros/history"), {"hierarchy": hierarchy})
    return [dict(row) for row in rows.mappings()]


def changes(
    db: Connection,
    hierarchy: str,
    *,
    name: str | None = None,
    within: str | None = None,
    skip: int = 0,
    length: int = 50,
) -> list[dict[str, Any]]:
    """What was set and cleared at a node, above it and below it, the newest first.

    Each has ``at``, ``actor``, and the values ``before`` and ``after``: None where the node has
    none of its own. ``within`` leaves out nodes elsewhere; ``skip`` as many that are newer.
    """
    binds: dict[str, Any] = {"hierarchy": hierarchy, "name": name, "within": within}
    binds |= {"skip": skip, "page_length": length}
    rows = db.execute(statement("macros/changes"), binds)
    return [dict(row) for row in rows.mappings()]


def to_come(db: Connection, hierarchy: str, *, as_of: datetime) -> list[dict[str, Any]]:
    """The values that a node itself will have, each from an instant after ``as_of`` on."""
    binds = {"hierarchy": hierarchy, "as_of": as_of}
    return [dict(row) for row in db.execute(statement("macros/to_come"), binds).mappings()]
