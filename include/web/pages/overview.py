"""The overview: what the inventory holds, how fresh that is, and what needs somebody."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from include.inventory import connections, decisions, guards, hierarchies, plans
from include.inventory.connections import related
from include.inventory.reports import DayOfUtilisation, Utilisation
from include.inventory.status import Status
from include.inventory.syncs import LIVE_WITHIN
from include.orchestration.upcoming import Upcoming, upcoming
from include.web.api import sessions
from include.web.api.sessions import Session
from include.web.api.values import Hierarchy
from include.web.pages import charts, counts, rendering
from include.web.pages.charts import Bar, Part
from include.web.pages.counts import Estate, History
from include.web.pages.kept import Counted
from include.web.pages.visitors import Reading

# How long a page waits for what is being counted, and a script that asks again, in seconds.
PAGE, SCRIPT = 0.02, 20.0
NODES, FEW = 20, 5
DAY = timedelta(days=1)
AHEAD = 28 * DAY
RELEASE, AUDIT = "release_numbers", "audit_number_inventory"
# As charts stack them, from below.
STACK = (Status.USED, Status.USED_UTILITY, Status.RESERVED, Status.COOLING, Status.AVAILABLE)

Link = Callable[..., str]

router = APIRouter()


@dataclass(frozen=True)
class Event:
    """What is to happen, and when: a run of a DAG, numbers that are due on a day, a reservation
    that ends; of what or of how many, and the address of more about it."""

    when: datetime
    kind: Literal["run", "releases", "reservation"]
    subject: str | int
    address: str | None = None
    paused: bool = False


@router.get("/")
def overview(
    visitor: Reading,
    request: Request,
    hierarchy: Annotated[Hierarchy | None, Query()] = None,
    skip: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """The inventory at a glance, at a node and below it, of what the visitor may see.

    What takes long to count is as old as the page says; a script replaces it by what is newer.
    """
    with sessions.reading(visitor.name) as session:
        node = session.within(hierarchy)
        if node is not None:
            hierarchies.find(session.db, node)
        values = _live(session, node)
    wait = SCRIPT if rendering.is_partial(request) else PAGE
    engine, link = sessions.engine(), rendering.linker(request)
    estate = counts.ESTATE.get(engine, wait=wait)
    history = counts.HISTORY.get(engine, node, wait=wait)
    events = list(_runs(values["dags"]))
    if estate is not None:
        values |= _counted(estate.value, node, skip, link)
        events += _releases(values["cooling"])
    if history is not None:
        values |= _told(history.value)
        events += _endings(history.value, link)
    return rendering.page(
        request,
        visitor,
        "overview.html",
        node=node,
        limit=session.limit,
        counted=_oldest(estate, history),
        estate=estate and estate.value,
        history=history and history.value,
        events=sorted(events, key=lambda one: (one.paused, one.when)),
        skip=skip,
        most=NODES,
        few=FEW,
        **values,
    )


def _oldest(*figures: Counted[Any] | None) -> Counted[Any] | None:
    """What was counted first; None where something has not been counted yet."""
    known = [one for one in figures if one is not None]
    return min(known, key=lambda one: one.at) if len(known) == len(figures) else None


def _live(session: Session, node: str | None) -> dict[str, Any]:
    """What is asked for anew each time: connections, what is held, and what awaits a decision."""
    now = datetime.now(UTC)
    known = connections.readings(session.db, as_of=now, within=session.limit)
    lists = [one for one in known if node is None or related(one.hierarchy, node)]
    names = {one.connection for one in lists}
    held = [
        hold for hold in guards.holds(session.db, within=session.limit) if hold.connection in names
    ]
    withheld = plans.listed(session.db, status="withheld", within=session.limit)
    undecided = [one for one in withheld if one["connection"] in names and one["decision"] is None]
    for one in undecided:
        one["read_since"] = decisions.read_since(session.db, one["plan"]) if one["purge"] else None
    told = {one["plan"] for one in undecided}
    return {
        "lists": lists,
        "stale": [one for one in lists if _is_stale(one, now)],
        "holds": held,
        "undecided": undecided,
        "others": [hold for hold in held if hold.plan not in told],
        "dags": upcoming([RELEASE, AUDIT, *map(_sync, sorted(names))]),
    }


def _sync(connection: str) -> str:
    return f"SyncAudioCodes__{connection}"


def _is_stale(one: connections.Reading, now: datetime) -> bool:
    """Whether a list is too old to remove numbers, and the next one is late."""
    if not one.configured or one.purged_at is not None:
        return False
    return one.as_of is None or now - one.as_of > timedelta(hours=one.most_hours) + LIVE_WITHIN


def _counted(estate: Estate, node: str | None, skip: int, link: Link) -> dict[str, Any]:
    """What the counts of all nodes tell of one."""
    total, level = estate.total(node), estate.level(node)
    shown = level[skip : skip + NODES]
    top = node or ""
    cooling = list(_cooling(estate.cooling.get(top, {}), estate.overdue.get(top, {}), node, link))
    return {
        "figures": [Part(status, status.lower(), total[status]) for status in Status],
        "total": total.total(),
        "held": total[Status.USED] + total[Status.USED_UTILITY],
        "vendors": estate.vendors.get(top, Counter[str]()).most_common(),
        "cooling": cooling,
        "releases": charts.columns(cooling, height=120, labels=8),
        "short": estate.short_at(node),
        "nodes": estate.nodes_at[top],
        "level": len(level),
        "rows": [(row, charts.strip(_parts(row)), row.hierarchy in estate.below) for row in shown],
    }


def _parts(row: Utilisation | DayOfUtilisation) -> list[Part]:
    return [Part(status, status.lower(), counts.of(row, status)) for status in STACK]


def _cooling(
    numbers: Mapping[date, int], late: Mapping[date, int], node: str | None, link: Link
) -> Iterator[Bar]:
    """How many numbers cool until each of the next days; the first has what is overdue as well,
    and the last what comes later."""
    today = datetime.now(UTC).date()
    waiting, overdue = Counter[date](), Counter[date]()
    for release_day, cooling in numbers.items():
        day = min(max(release_day, today), today + AHEAD)
        overdue[day] += late[release_day]
        waiting[day] += cooling - late[release_day]
    last = max([today + 6 * DAY, *waiting]) if waiting else today - DAY
    for number in range((last - today).days + 1):
        day = today + number * DAY
        is_last = day == today + AHEAD
        begin = datetime.combine(day, time(), UTC)
        parts = [
            Part("overdue", "failed", overdue[day]),
            Part("cooling", "cooling", waiting[day]),
        ]
        says = f"{day:%-d %b %Y}{' or later' if is_last else ''}"
        yield Bar(
            f"{day:%-d %b}",
            says,
            parts,
            link(
                "/numbers",
                status=Status.COOLING,
                hierarchy=node,
                release_from=begin.isoformat() if number else None,
                release_before=None if is_last else (begin + DAY).isoformat(),
                sort="release_date",
            ),
            day,
        )


def _told(history: History) -> dict[str, Any]:
    days = [
        Bar(f"{row.day:%-d %b}", f"{row.day:%-d %b %Y}", _parts(row), day=row.day)
        for row in history.days
    ]
    return {"days": days, "trend": charts.columns(days)}


def _runs(dags: dict[str, Upcoming]) -> Iterator[Event]:
    for name, run in dags.items():
        if run.when is not None:
            yield Event(run.when, "run", name, paused=run.paused)


def _releases(cooling: Sequence[Bar]) -> Iterator[Event]:
    """The days of the week to come on which cooling ends."""
    for bar in cooling[: counts.WEEK]:
        if bar.amount and bar.day is not None:
            when = datetime.combine(bar.day + DAY, time(), UTC)
            yield Event(when, "releases", bar.amount, bar.address)


def _endings(history: History, link: Link) -> Iterator[Event]:
    for one in history.reservations:
        if one.release_date is not None:
            address = link(f"/numbers/{one.internal_number}", hierarchy=one.hierarchy)
            yield Event(one.release_date, "reservation", one.internal_number, address)
