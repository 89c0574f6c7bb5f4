"""Plans and holds: which there are, what they want changed, and what the guard withholds."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response

from include.inventory import connections, decisions, guards, plans
from include.web.api import answers, cursors, sessions, streams
from include.web.api.access import Reader
from include.web.api.documents import ChangeList, HoldList, PlanDocument, PlanPage, PlanStatus
from include.web.api.forms import Wanted
from include.web.api.numbers import Cursor
from include.web.api.sessions import Session, outside
from include.web.api.values import Name

LONGEST_PAGE = 1000
FIELDS: dict[str, Any] = {
    "plan": 17,
    "connection": "emea",
    "as_of": "2026-11-26T02:00:00Z",
    "status": "withheld",
    "removals": 410,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "applied_at": "2026-11-26T02:00:09Z",
    "decision": None,
    "decided_by": None,
    "decided_at": None,
    "purge": False,
}
HOLD: dict[str, Any] = {
    "connection": "emea",
    "node": "SBC-LON-1",
    "rule": "missing node",
    "reason": "SBC-LON-1 lists none of its 410 numbers",
    "clears": "a list that has numbers of SBC-LON-1 again",
    "since": "2026-11-26T02:00:00Z",
    "plan": 17,
    "withheld": 410,
}
CHANGE: dict[str, Any] = {
    "internal_number": "+442079460123",
    "hierarchy": "sys.hcs.acme.london",
    "kind": "cool",
    "status": "withheld",
    "node": "SBC-LON-1",
    "aor": "+442079460123",
    "from_status": "Used",
    "from_usage": "Device",
    "from_vendor": "AudioCodes",
    "to_status": "Cooling",
    "to_usage": None,
    "to_vendor": None,
    "release_date": "2026-11-28T02:00:00Z",
    "reason": "offline since 2026-11-26 02:00 UTC",
}

EXAMPLE: dict[str, Any] = {
    **{name: FIELDS[name] for name in ("plan", "connection", "as_of", "status", "sha256")},
    "changes": {"claim": 2},
    "withheld": {"cool": 410},
    "findings": {},
    "nodes": [
        {"node": "SBC-NYC-1", "kind": "claim", "status": "applied", "numbers": 2},
        {"node": "SBC-LON-1", "kind": "cool", "status": "withheld", "numbers": 410},
    ],
    "verdicts": [
        {
            "node": "SBC-LON-1",
            "rule": "missing node",
            "listed": 0,
            "held": 410,
            "removed": 410,
            "cooling": 0,
            "most": 0,
            "reason": HOLD["reason"],
            "clears": HOLD["clears"],
        }
    ],
    "holds": [HOLD],
    "decisions": [],
}

router = APIRouter(tags=["plans"])

OfConnection = Annotated[Name | None, Query(description="Of this connection only.")]
PlanId = Annotated[
    int, Path(ge=1, le=2**62, description="As `/plans` and `/holds` name it.", examples=[17])
]
Status = Annotated[
    Literal["open", "withheld", "superseded", "reported"] | None,
    Query(description="Of this status only; what is open in an applied plan has been made."),
]


@router.get(
    "/holds",
    operation_id="list_holds",
    summary="List what is held",
    responses=answers.describes_list(HoldList, {"items": [HOLD]}),
)
def list_holds(user: Reader, form: Wanted, connection: OfConnection = None) -> Response:
    """Where removals are withheld and releases frozen, by which rule, and what ends it.

    A user who is limited to a node sees the holds of connections at that node or below it.
    """
    with sessions.reading(user) as session:
        if connection is not None:
            connections.identify(session.db, connection, within=session.limit)
        found = guards.holds(session.db, connection, within=session.limit)
    rows = [vars(hold) for hold in found]
    if form != "json":
        return streams.whole(form, rows, tuple(HOLD), "holds")
    return answers.document({"items": rows})


@router.get(
    "/plans",
    operation_id="list_plans",
    summary="List plans",
    responses=answers.describes_list(PlanPage, {"items": [FIELDS], "next": None}),
)
def list_plans(
    user: Reader,
    form: Wanted,
    connection: OfConnection = None,
    status: Annotated[PlanStatus | None, Query(description="Of this status only.")] = None,
    cursor: Annotated[Cursor | None, Query(description="That of the page before.")] = None,
    limit: Annotated[
        int | None,
        Query(ge=1, le=LONGEST_PAGE, description="100 as JSON by default, else all of them."),
    ] = None,
) -> Response:
    """Plans, the newest first, each with what was decided on it last.

    A user who is limited to a node sees the plans of connections at that node or below it.
    """
    (before,) = cursors.read("plans", cursor) or (None,)
    wanted: dict[str, Any] = {"connection": connection, "status": status, "before": before}

    def chunks(session: Session) -> Iterator[bytes]:
        found = plans.listed(session.db, within=session.limit, length=limit, **wanted)
        return streams.written(form, found, tuple(FIELDS))

    if form != "json":
        return streams.Streamed(streams.held(sessions.reading(user), chunks), form, "plans")
    length = limit or 100
    with sessions.reading(user) as session:
        rows = list(plans.listed(session.db, within=session.limit, length=length + 1, **wanted))
    place = (rows[length - 1]["plan"],) if len(rows) > length else None
    return answers.document({"items": rows[:length], "next": cursors.written("plans", place)})


@router.get(
    "/plans/{plan}",
    operation_id="show_plan",
    summary="Show what a plan holds",
    responses=answers.describes(PlanDocument, EXAMPLE),
)
def show_plan(user: Reader, plan: PlanId) -> Response:
    """Its changes in figures, what the guard distrusts in it, and what people decided on it.

    A user who is limited to a node is shown plans of connections at that node or below it, in
    figures of numbers that are there.
    """
    with sessions.reading(user) as session:
        check(session, plan)
        return answers.document(told(session, plan))


def check(session: Session, plan: int, *, wholly: bool = False) -> None:
    """Nothing, where a plan is of what the user may see; ``wholly``, all that it wants; else 403.

    Raises Unknown for a plan that there is not.
    """
    limit = session.limit
    if limit is not None and not plans.lies_within(session.db, plan, limit, wholly=wholly):
        raise outside(
            f"Plan {plan} reaches outside of {limit}, which is what you see; what it wants changed "
            f"there: /plans/{plan}/changes"
        )


def told(session: Session, plan: int) -> dict[str, Any]:
    """A plan as it is shown to a user who may see it. Raises Unknown."""
    nodes = plans.by_node(session.db, plan, within=session.limit)
    found = plans.read(session.db, plan, within=session.limit, nodes=nodes)
    return vars(found) | {
        "nodes": nodes,
        "decisions": decisions.made(session.db, plan),
    }


@router.get(
    "/plans/{plan}/changes",
    operation_id="list_plan_changes",
    summary="List what a plan wants changed",
    responses=answers.describes_list(ChangeList, {"plan": 17, "items": [CHANGE]}),
)
def list_plan_changes(user: Reader, plan: PlanId, form: Wanted, status: Status = None) -> Response:
    """Every change of a plan, number by number; of those, what the user may see."""

    def chunks(session: Session) -> Iterator[bytes]:
        found = plans.changes(session.db, plan, status=status, within=session.limit)
        if form != "json":
            return streams.written(form, found, tuple(CHANGE))
        return streams.enclosed({"plan": plan}, "items", found)

    name = f"plan-{plan}-changes"
    return streams.Streamed(streams.held(sessions.reading(user), chunks), form, name)
