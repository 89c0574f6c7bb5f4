"""Reports: what the inventory, its history and its plans tell, each for a hierarchy node and below.

``REPORTS`` has all of them by name. The command line, and whatever else offers reports, is made
from it: a new report is a statement, a row, a function and an entry there.

A report stands for an instant, ``as_of``. What is counted is as it was then; what lists numbers has
them as they are now, and judges by that instant what is overdue. Its rows are of one frozen
dataclass, whose fields are its columns. Every function raises Unknown for a node that is not there.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Result

from include.inventory import hierarchies
from include.inventory.errors import BadInput, Unknown
from include.inventory.forecasts import HORIZON, outlook
from include.inventory.statements import statement
from include.macros import MACROS

ALERT = MACROS["number_inventory_availability_alert_percent"]
DAY = timedelta(days=1)
LONGEST = 3660

Row = TypeVar("Row")
When = TypeVar("When", date, datetime)


@dataclass(frozen=True)
class Utilisation:
    """The numbers of a node by status: at and below it, and ``own``, at the node itself."""

    hierarchy: str
    type: str
    available: int
    used: int
    used_utility: int
    reserved: int
    cooling: int
    total: int
    available_percent: float | None
    own_available: int
    own_used: int
    own_used_utility: int
    own_reserved: int
    own_cooling: int
    own_total: int
    own_available_percent: float | None


def utilisation(db: Connection, *, hierarchy: str | None, as_of: datetime) -> list[Utilisation]:
    """A row for every node, the numbers as they were at the instant."""
    return _rows(db, Utilisation, "reports/utilisation", hierarchy=hierarchy, as_of=as_of)


@dataclass(frozen=True)
class VendorAtNode:
    """How many of the numbers right at a node a vendor's devices or services hold."""

    hierarchy: str
    vendor: str
    numbers: int


def vendors(db: Connection, *, hierarchy: str | None, as_of: datetime) -> list[VendorAtNode]:
    """A row for every node and vendor with numbers there, as they were at the instant."""
    return _rows(db, VendorAtNode, "reports/vendors", hierarchy=hierarchy, as_of=as_of)


@dataclass(frozen=True)
class DayOfUtilisation:
    """The numbers by status when a day ended, in UTC; at the instant of the report on its day."""

    day: date
    available: int
    used: int
    used_utility: int
    reserved: int
    cooling: int
    total: int
    available_percent: float | None


def utilisation_by_day(
    db: Connection,
    *,
    hierarchy: str | None,
    as_of: datetime,
    first: date | None = None,
    last: date | None = None,
) -> list[DayOfUtilisation]:
    """A row for every day from the first to the last: by default 30, up to that of the instant.

    Days after the instant have no row. Raises BadInput where the last day is before the first.
    """
    today = as_of.astimezone(UTC).date()
    end = min(last or today, today)
    begin = first or _moved(end, -29)
    if begin > (last or today):
        raise BadInput(f"The first day, {begin}, is after the last, {last or today}")
    if (end - begin).days >= LONGEST:
        raise BadInput(f"From {begin} to {end} are more than {LONGEST} days; ask for fewer")
    dates = [begin + number * DAY for number in range((end - begin).days + 1)]
    return _rows(
        db,
        DayOfUtilisation,
        "reports/utilisation_by_day",
        hierarchy=hierarchy,
        as_of=as_of,
        since=begin,
        dates=dates,
    )


@dataclass(frozen=True)
class Range:
    """Numbers of a node without a gap, and how many are missing up to the next range there."""

    hierarchy: str
    first: str
    last: str
    size: int
    available: int
    used: int
    used_utility: int
    reserved: int
    cooling: int
    gap: int | None


def ranges(db: Connection, *, hierarchy: str | None, as_of: datetime) -> Iterator[Range]:
    """A row for every range of a node: digits of one length, with or without a plus."""
    return _streamed(db, Range, "reports/ranges", hierarchy=hierarchy, as_of=as_of)


@dataclass(frozen=True)
class CoolingDay:
    """How many numbers of a node cool until a day, in UTC, and how many should be released."""

    release_day: date
    hierarchy: str
    numbers: int
    overdue: int


def cooling(db: Connection, *, hierarchy: str | None, as_of: datetime) -> list[CoolingDay]:
    """A row for every release day and node; overdue is what had to be released before as_of."""
    return _rows(db, CoolingDay, "reports/cooling", hierarchy=hierarchy, as_of=as_of)


@dataclass(frozen=True)
class Conflict:
    """A number that is online and that a plan does not dare to touch, and who holds it now.

    ``since`` is the instant of the first plan of its connection that has reported it ever since.
    Nobody is named for an ambiguous number, which is at several nodes.
    """

    internal_number: str
    hierarchy: str
    kind: str
    status: str | None
    usage: str | None
    vendor: str | None
    subscriber: str | None
    reason: str
    since: datetime
    connection: str


def conflicts(db: Connection, *, hierarchy: str | None, as_of: datetime) -> list[Conflict]:
    """A row for every finding of the newest plan of each connection at the instant."""
    return _rows(db, Conflict, "reports/conflicts", hierarchy=hierarchy, as_of=as_of)


@dataclass(frozen=True)
class Reservation:
    """A number that is reserved, until when, and why."""

    internal_number: str
    hierarchy: str
    release_date: datetime | None
    reservation_notes: str | None
    overdue: bool


def reservations(
    db: Connection, *, hierarchy: str | None, as_of: datetime, within: int | None = None
) -> Iterator[Reservation]:
    """A row for every reservation, those without an end last; or those that end within days."""
    until = None if within is None else _moved(as_of, within)
    return _streamed(
        db, Reservation, "reports/reservations", hierarchy=hierarchy, as_of=as_of, until=until
    )


@dataclass(frozen=True)
class NeverUsed:
    """A number that has never been used, and when it was added, where the history says so."""

    internal_number: str
    hierarchy: str
    status: str
    added: datetime | None


def never_used(
    db: Connection,
    *,
    hierarchy: str | None,
    as_of: datetime,
    limit: int | None = None,
    after: str | None = None,
    after_hierarchy: str | None = None,
) -> Iterator[NeverUsed]:
    """A row for every number never Used nor Used-Utility since it was added, in their order.

    To read them page by page, give the number and the node of the last row of the page before.
    """
    return _streamed(
        db,
        NeverUsed,
        "reports/never_used",
        hierarchy=hierarchy,
        as_of=as_of,
        limit=limit,
        after=after,
        after_hierarchy=after_hierarchy,
    )


@dataclass(frozen=True)
class NeverUsedAtNode:
    """How many of the numbers right at a node have never been used."""

    hierarchy: str
    total: int
    never_used: int


def never_used_by_node(
    db: Connection, *, hierarchy: str | None, as_of: datetime
) -> list[NeverUsedAtNode]:
    """A row for every node with numbers of its own."""
    return _rows(
        db, NeverUsedAtNode, "reports/never_used_by_node", hierarchy=hierarchy, as_of=as_of
    )


@dataclass(frozen=True)
class TimeInState:
    """How long numbers stay in a status, in days: a stay that goes on counts up to the instant."""

    status: str
    ended: int
    ongoing: int
    mean_days: float
    median_days: float
    p90_days: float


def time_in_state(db: Connection, *, hierarchy: str | None, as_of: datetime) -> list[TimeInState]:
    """A row for every status that a number has entered by the instant."""
    return _rows(db, TimeInState, "reports/time_in_state", hierarchy=hierarchy, as_of=as_of)


@dataclass(frozen=True)
class Forecast:
    """When the pool of a node runs out: Available at it and below it, as `Outlook` tells it."""

    hierarchy: str
    available: int
    per_day: float | None
    runs_out: date | None
    earliest: date | None
    latest: date | None
    days: int
    note: str


def forecast(
    db: Connection, *, hierarchy: str | None, as_of: datetime, days: int = 56
) -> list[Forecast]:
    """A row for every node with numbers, told from its last days: fewer where it is younger.

    A day is one of 24 hours before the instant, and the day of a node's first event does not count.
    """
    since = _moved(as_of, -days)
    _moved(as_of, HORIZON.days)  # as far as a date may be
    pools = _found(db, "reports/available_by_day", hierarchy, as_of=as_of, since=since)
    told = []
    for pool in pools.mappings():
        age = 0 if pool["first"] is None else max(0, (as_of - pool["first"]) // DAY)
        changes = [0] * min(age, days)
        for day, change in zip(pool["days"], pool["changes"], strict=True):
            if day < len(changes):
                changes[day] = change
        seen = outlook(pool["available"], changes, as_of=as_of)
        told.append(Forecast(pool["hierarchy"], pool["available"], **vars(seen)))
    return told


@dataclass(frozen=True)
class Alert:
    """A node that runs short: less is available, at it and below it, than should be.

    ``source`` is the node that the threshold was set at; None where it is the shipped default.
    """

    hierarchy: str
    available: int
    total: int
    available_percent: float
    threshold: int
    source: str | None


def alerts(db: Connection, *, hierarchy: str | None, as_of: datetime) -> list[Alert]:
    """A row for every node with numbers whose available share is below the threshold in force."""
    nodes = utilisation(db, hierarchy=hierarchy, as_of=as_of)
    return short(db, nodes, hierarchy=hierarchy, as_of=as_of)


def short(
    db: Connection, nodes: Iterable[Utilisation], *, hierarchy: str | None, as_of: datetime
) -> list[Alert]:
    """What ``alerts`` reports, of the rows of ``utilisation`` where those are there already."""
    found = _found(db, "reports/thresholds", hierarchy, as_of=as_of, macro=ALERT.name)
    thresholds = {row.hierarchy: (row.value, row.source) for row in found}
    alerted = []
    for node in nodes:
        threshold, source = thresholds.get(node.hierarchy, (ALERT.default, None))
        if node.available_percent is not None and 100 * node.available < threshold * node.total:
            counts = node.available, node.total, node.available_percent
            alerted.append(Alert(node.hierarchy, *counts, threshold, source))
    return alerted


@dataclass(frozen=True)
class Parameter:
    """What may be asked of a report beside node and instant: an int, a str or a date."""

    name: str
    type: type[int] | type[str] | type[date]
    help: str
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class Report:
    """A report by its name. ``finding`` is true where each row is something to see to."""

    function: Callable[..., Iterable[Any]]
    row: type[Any]
    description: str
    parameters: tuple[Parameter, ...] = ()
    finding: bool = False

    @property
    def name(self) -> str:
        """The name of the report, which is that of its function."""
        return self.function.__name__

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the fields of a row, in their order."""
        return tuple(field.name for field in fields(self.row))


REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        Report(utilisation, Utilisation, "The numbers of every node by status"),
        Report(
            utilisation_by_day,
            DayOfUtilisation,
            "The numbers by status at the end of each day",
            (
                Parameter("first", date, "The first day; by default 29 before the last."),
                Parameter("last", date, "The last day; by default that of the instant."),
            ),
        ),
        Report(vendors, VendorAtNode, "The numbers that each vendor holds at every node"),
        Report(ranges, Range, "The contiguous ranges of every node, and the gaps between them"),
        Report(cooling, CoolingDay, "How many numbers cool, by release day and node"),
        Report(conflicts, Conflict, "Numbers that are online although somebody else has them"),
        Report(
            reservations,
            Reservation,
            "The reservations, by when they end",
            (
                Parameter(
                    "within",
                    int,
                    "Only those that end within so many days.",
                    minimum=0,
                    maximum=99_999,
                ),
            ),
        ),
        Report(
            never_used,
            NeverUsed,
            "Numbers that nothing has used since they were added",
            (
                Parameter("limit", int, "At most so many rows.", minimum=1, maximum=2**31),
                Parameter("after", str, "Only numbers after this one."),
                Parameter("after_hierarchy", str, "That number itself also, at nodes after this."),
            ),
        ),
        Report(
            never_used_by_node, NeverUsedAtNode, "How many such numbers there are at every node"
        ),
        Report(time_in_state, TimeInState, "How long numbers stay in each status, in days"),
        Report(
            forecast,
            Forecast,
            "When the available numbers of every node run out, with an 80 % interval",
            (
                Parameter(
                    "days",
                    int,
                    "How many days to look back; 56 by default.",
                    minimum=7,
                    maximum=LONGEST,
                ),
            ),
        ),
        Report(alerts, Alert, f"Nodes with less available than {ALERT.name}", finding=True),
    )
}


def named(name: str) -> Report:
    """The report of that name. Raises Unknown."""
    if name not in REPORTS:
        raise Unknown(f"There is no report {name}; there are: {', '.join(REPORTS)}")
    return REPORTS[name]


def latest(db: Connection) -> datetime:
    """The instant that a report stands for where none is given: now, or that of a later event.

    Only an inventory whose runs stood for the future has one.
    """
    newest = db.execute(statement("reports/newest_event")).scalar()
    return max(datetime.now(UTC), newest or datetime.min.replace(tzinfo=UTC))


def _moved(when: When, days: int) -> When:
    try:
        return when + days * DAY
    except OverflowError:
        raise BadInput(f"There is no day {days} days from {when}; ask for another") from None


def _found(
    db: Connection,
    name: str,
    hierarchy: str | None,
    *,
    options: dict[str, Any] | None = None,
    **binds: Any,
) -> Result[Any]:
    if hierarchy is not None:
        hierarchies.find(db, hierarchy)
    binds["hierarchy"] = hierarchy
    return db.execute(statement(name), binds, execution_options=options or {})


def _rows(
    db: Connection, row: type[Row], name: str, *, hierarchy: str | None, **binds: Any
) -> list[Row]:
    return list(_each(_found(db, name, hierarchy, **binds), row))


def _streamed(
    db: Connection, row: type[Row], name: str, *, hierarchy: str | None, **binds: Any
) -> Iterator[Row]:
    """The rows, read as they are asked for: memory does not grow with the inventory."""
    return _each(_found(db, name, hierarchy, options={"yield_per": 5000}, **binds), row)


def _each(found: Result[Any], row: type[Row]) -> Iterator[Row]:
    with found:
        for values in found.mappings():
            yield row(**values)
