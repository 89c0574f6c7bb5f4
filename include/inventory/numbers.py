"""Numbers as they are: those that fit a filter, and one with where it is online and its history."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Result, RowMapping

from include.inventory.errors import NotFound, Refused
from include.inventory.statements import statement

Fields = dict[str, Any]


def find(
    db: Connection,
    *,
    status: str | None = None,
    vendor: str | None = None,
    hierarchy: str | None = None,
    prefix: str | None = None,
) -> Iterator[Fields]:
    """The fields of every number that fits all filters given, in the order of the numbers.

    ``hierarchy`` means at or below that node, ``prefix`` how the internal number begins. The rows
    are streamed: memory does not grow with the inventory.
    """
    binds = {"status": status, "vendor": vendor, "hierarchy": hierarchy, "prefix": prefix}
    options = {"yield_per": 5000}
    return _streamed(db.execute(statement("numbers/list"), binds, execution_options=options))


def _streamed(rows: Result[Any]) -> Iterator[Fields]:
    with rows:
        for row in rows.mappings():
            yield _fields(row)


def show(db: Connection, internal_number: str, *, hierarchy: str | None = None) -> Fields:
    """The fields of one number, with ``online`` (where, since when) and ``history`` (its events).

    With a node, the number is looked for there, above and below. One that was deleted has its
    history, and no status. Raises NotFound, and Refused where it is at several nodes.
    """
    binds = {"internal_number": internal_number, "hierarchy": hierarchy}
    rows = db.execute(statement("numbers/show"), binds).mappings().all()
    fields = _fields(_the_one(internal_number, hierarchy, rows))
    place = {name: fields[name] for name in ("internal_number", "hierarchy")}
    online = db.execute(statement("numbers/online"), place).mappings()
    history = db.execute(statement("numbers/history"), place).mappings()
    fields["online"] = [dict(row) for row in online]
    fields["history"] = [_event(row) for row in history]
    return fields


def _the_one(number: str, hierarchy: str | None, rows: Sequence[RowMapping]) -> RowMapping:
    """The row that is meant: at exactly the node given, or the only one that is in use."""
    kept = [row for row in rows if row["status"] is not None] or rows
    exact = [row for row in kept if row["hierarchy"] == hierarchy] or kept
    if not exact:
        where = f" at, above or below {hierarchy}" if hierarchy else ""
        raise NotFound(f"There is no number {number} in the inventory{where}")
    if len(exact) > 1:
        nodes = ", ".join(row["hierarchy"] for row in exact)
        raise Refused(f"{number} is at several nodes, {nodes}; name one with --hierarchy")
    return exact[0]


def _fields(row: RowMapping) -> Fields:
    """The fields of a number, the extras that are set among them; blank is None."""
    fields = dict(row)
    extra = fields.pop("extra") or {}
    return fields | extra


def _event(row: RowMapping) -> Fields:
    """An event, with the states on both sides of it."""
    event = dict(row)
    for side in ("from", "to"):
        names = ("status", "usage", "vendor")
        event[side] = {name: event.pop(f"{side}_{name}") for name in names}
    return event
