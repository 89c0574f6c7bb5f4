"""Numbers as they are: those that fit a filter, and one with where it is online and its history."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Result, RowMapping, TextClause, text

from include.inventory import aors, explanations, hierarchies
from include.inventory.connections import at_or_below
from include.inventory.database import prepared
from include.inventory.errors import BadInput, NotFound, Refused
from include.inventory.explanations import Evidence, Source, Stay
from include.inventory.statements import source, statement
from include.inventory.status import Status
from include.macros.audiocodes_cooling_duration import MACRO as COOLING

Fields = dict[str, Any]
Place = tuple[Any, ...]

# How a list may be sorted: the columns of the order, all of them up or all of them down.
SORTS: dict[str, tuple[str, ...]] = {
    "internal_number": ("internal_number", "hierarchy"),
    "release_date": ("release_date", "internal_number", "hierarchy"),
    "-release_date": ("release_date", "internal_number", "hierarchy"),
}
LONGEST_PAGE = 1000
# What is an instant in the rows that tell of a number.
INSTANTS = {
    *("since", "as_of", "recorded_at", "release_date"),
    *("online_from", "online_to", "rests_until", "held_until", "read_at", "held_since"),
}
# More nodes times statuses than these are found faster in the order of all numbers.
MOST_POOLS = 3000


@dataclass(frozen=True)
class Filter:
    """Which numbers a list is of: those that fit everything that is given.

    ``hierarchy`` means at or below that node, ``prefix`` how the internal number begins, ``ending``
    how it ends, ``release_from`` and ``release_before`` that it has a release date at that instant
    or later, and before that one, ``tag`` how its tag begins. ``aor`` is how the address of record
    begins that it is listed with now: the whole user part, and as much of the host as is given; a
    scheme does not matter.
    """

    statuses: Sequence[str] | None = None
    vendor: str | None = None
    usage: str | None = None
    subscriber: str | None = None
    hierarchy: str | None = None
    prefix: str | None = None
    ending: str | None = None
    release_from: datetime | None = None
    release_before: datetime | None = None
    aor: str | None = None
    tag: str | None = None

    def binds(self) -> Fields:
        """What the statements ask for. Raises BadInput for an AOR that no number has."""
        statuses = None if self.statuses is None else list(self.statuses)
        return vars(self) | {"statuses": statuses} | aors.sought(self.aor)


@dataclass(frozen=True)
class Page:
    """Some numbers of a list, and the place to go on from: None where it ends."""

    numbers: list[Fields]
    next: Place | None


def find(
    db: Connection, wanted: Filter = Filter(), *, sort: str = "internal_number"
) -> Iterator[Fields]:
    """The fields of every number that fits, in that order.

    The rows are streamed: memory does not grow with the inventory. Sorted by release date, numbers
    without one are left out.
    """
    _extent(db, wanted.hierarchy)
    options = {"yield_per": 5000}
    return _streamed(db.execute(_ordered(sort, None), wanted.binds(), execution_options=options))


def page(
    db: Connection,
    wanted: Filter = Filter(),
    *,
    sort: str = "internal_number",
    after: Place | None = None,
    length: int = 100,
) -> Page:
    """The next numbers that fit, behind the place that the page before gave.

    It has a thousand of them at most. Sorted by release date, numbers without one are left out.
    Raises BadInput, and Unknown for a node that there is not.
    """
    if sort not in SORTS:
        raise BadInput(f"{sort[:40]!a} is no order; there are {', '.join(SORTS)}")
    columns = SORTS[sort]
    if after is not None and len(after) != len(columns):
        raise BadInput("The place to go on from is none of this list; begin anew without it")
    length = min(length, LONGEST_PAGE)
    chosen, binds = _page_of(db, wanted, sort, after, length + 1)
    rows = db.execute(chosen, binds).mappings().all()
    more = len(rows) > length
    shown = rows[:length]
    place = tuple(shown[-1][column] for column in columns) if more else None
    return Page([_fields(row) for row in shown], place)


def _page_of(
    db: Connection, wanted: Filter, sort: str, after: Place | None, length: int
) -> tuple[TextClause, Fields]:
    """The statement that finds a page fastest: of few, node by node, or in order of an index."""
    binds = wanted.binds() | {"page_length": length, "hierarchy": None}
    nodes, others = _extent(db, wanted.hierarchy)
    binds["at_or_below"] = wanted.hierarchy if others else None
    if sort == "internal_number":
        number, hierarchy = after or ("", "")
        binds |= {"after_number": number, "after_hierarchy": hierarchy}
        if wanted.aor or len(wanted.ending or "") > 2 or (wanted.tag and others):
            return statement("numbers/list_of_few"), binds
        statuses = _statuses(wanted)
        due = wanted.release_from or wanted.release_before
        selective = wanted.subscriber or due or wanted.tag
        if others and not selective and nodes * len(statuses) <= MOST_POOLS:
            binds |= {"prefix": wanted.prefix or "", "ending": wanted.ending or ""}
            binds |= {"hierarchy": wanted.hierarchy, "statuses": statuses}
            return statement("numbers/list_at_node"), binds
    place = {
        f"after_{column}": value for column, value in zip(SORTS[sort], after or (), strict=False)
    }
    return _ordered(sort, after, paged=True), binds | place


def _extent(db: Connection, hierarchy: str | None) -> tuple[int, bool]:
    """How many nodes a list is of, and whether it leaves others out."""
    if hierarchy is None:
        return 0, False
    row = db.execute(statement("hierarchy/extent"), {"hierarchy": hierarchy}).one()
    if not row.nodes:
        hierarchies.find(db, hierarchy)
    return row.nodes, row.others


def _statuses(wanted: Filter) -> list[str]:
    """The statuses that a number of the list may have."""
    held = wanted.vendor is not None or wanted.usage is not None
    possible = (Status.USED, Status.USED_UTILITY) if held else tuple(Status)
    return [
        str(status) for status in possible if wanted.statuses is None or status in wanted.statuses
    ]


def _ordered(sort: str, after: Place | None, *, paged: bool = False) -> TextClause:
    """The list in an order, all of it or a page behind a place."""
    columns = SORTS[sort]
    names = ", ".join(f"n.{column}" for column in columns)
    down = sort.startswith("-")
    parts = [source("numbers/list")]
    if paged:
        # Said so, it is no reason for an index or a sort: the order is the shorter way to a page.
        parts.append(
            "AND (CAST(:at_or_below AS text) IS NULL"
            " OR coalesce(numbers.at_or_below(n.hierarchy, :at_or_below), FALSE))"
        )
    if columns[0] == "release_date":
        parts.append("AND n.release_date IS NOT NULL")
    if after is not None:
        place = ", ".join(f":after_{column}" for column in columns)
        parts.append(f"AND ({names}) {'<' if down else '>'} ({place})")
    parts.append("ORDER BY " + (names.replace(",", " DESC,") + " DESC" if down else names))
    if paged:
        parts.append("LIMIT :page_length")
    return text("\n".join(parts))


def _streamed(rows: Result[Any]) -> Iterator[Fields]:
    with rows:
        for row in rows.mappings():
            yield _fields(row)


def show(
    db: Connection,
    internal_number: str,
    *,
    hierarchy: str | None = None,
    user_limit: str | None = None,
    now: datetime | None = None,
) -> Fields:
    """The fields of one number, its ``version``, where it is ``online``, and its ``history``.

    ``why`` says in a sentence why it is so at an instant, which is now by default.

    With a node, the number is looked for there, above and below; with the limit of a user, only
    there and below, and nothing of it tells of nodes elsewhere. One that was deleted has its
    history, and no status. Raises NotFound, and Refused where it is at several nodes.
    """
    return explained(db, internal_number, hierarchy=hierarchy, user_limit=user_limit, now=now)[0]


def explained(
    db: Connection,
    internal_number: str,
    *,
    hierarchy: str | None = None,
    user_limit: str | None = None,
    now: datetime | None = None,
) -> tuple[Fields, Evidence]:
    """What ``show`` returns, and the evidence that its ``why`` is made of."""
    scope = {"internal_number": internal_number, "hierarchy": hierarchy, "user_limit": user_limit}
    with prepared(db):
        rows = db.execute(statement("numbers/show"), scope).mappings().all()
        fields = _fields(_the_one(internal_number, hierarchy, rows))
        one = {name: fields[name] for name in ("internal_number", "hierarchy")}
        one |= {"number_id": fields.pop("number_id"), "user_limit": user_limit}
        one |= {"due": fields["release_date"], "default_days": COOLING.default}
        online, history, stays, sources = map(_timed, db.execute(_beside(), one).one())
    fields["online"] = online
    fields["history"] = [_event(event, user_limit) for event in history]
    evidence = Evidence([Stay(**row) for row in stays], [Source(**row) for row in sources])
    fields["why"] = explanations.why(fields, evidence, now or datetime.now(UTC))
    return fields, evidence


@cache
def _beside() -> TextClause:
    """What is known of a number beside its row: statements as one, each an array of JSON.

    Asked one by one, they take the most of the time of a look-up. Without indents and what their
    files say of them, for the driver reads a statement of more than 4,096 letters anew each time.
    """
    arrays = (
        f"(SELECT coalesce(json_agg(r), '[]') FROM (\n{source(name)}) AS r)"  # noqa: S608
        for name in ("numbers/online", "numbers/history", "numbers/stays", "numbers/sources")
    )
    lines = [line.strip() for line in ("SELECT " + ", ".join(arrays)).splitlines()]
    return text("\n".join(line for line in lines if not line.startswith("--")))


def _timed(rows: list[Fields]) -> list[Fields]:
    """Rows that came as JSON, their instants as instants."""
    for row in rows:
        for name in INSTANTS & row.keys():
            if row[name] is not None:
                row[name] = datetime.fromisoformat(row[name])
    return rows


def everywhere(
    db: Connection, internal_number: str, *, user_limit: str | None = None
) -> list[Fields]:
    """A number at each hierarchy node where it is, or was before it was deleted there."""
    scope = {"internal_number": internal_number, "hierarchy": None, "user_limit": user_limit}
    return [_fields(row) for row in db.execute(statement("numbers/show"), scope).mappings()]


def _the_one(number: str, hierarchy: str | None, rows: Sequence[RowMapping]) -> RowMapping:
    """The row that is meant: at exactly the node given, or the only one that is in use."""
    kept = [row for row in rows if row["status"] is not None] or rows
    exact = [row for row in kept if row["hierarchy"] == hierarchy] or kept
    if not exact:
        where = f" at, above or below {hierarchy}" if hierarchy else ""
        raise NotFound(f"There is no number {number} in the inventory{where}")
    if len(exact) > 1:
        nodes = ", ".join(row["hierarchy"] for row in exact)
        raise Refused(f"{number} is at several nodes, {nodes}; name the one that is meant")
    return exact[0]


def _fields(row: RowMapping) -> Fields:
    """The fields of a number, the extras that are set among them; blank is None."""
    fields = dict(row)
    extra = fields.pop("extra") or {}
    return fields | extra


def _event(event: Fields, user_limit: str | None) -> Fields:
    """An event, with the states on both sides of it.

    Where a number came from or went to is left out for a user who may not see that node.
    """
    for name in ("from_hierarchy", "to_hierarchy"):
        node = (event["detail"] or {}).get(name)
        if node is not None and user_limit is not None and not at_or_below(node, user_limit):
            event["detail"] = {key: told for key, told in event["detail"].items() if key != name}
    for side in ("from", "to"):
        names = ("status", "usage", "vendor")
        event[side] = {name: event.pop(f"{side}_{name}") for name in names}
    return event
