"""Plans and holds: what a plan wants changed, and what the guard withholds."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response

from include.inventory import guards, plans
from include.web.api import answers, sessions, streams
from include.web.api.access import Reader
from include.web.api.documents import ChangeList, HoldList
from include.web.api.forms import Wanted
from include.web.api.sessions import Session
from include.web.api.values import Name

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

router = APIRouter(tags=["plans"])

OfConnection = Annotated[Name | None, Query(description="Of this connection only.")]
PlanId = Annotated[int, Path(ge=1, le=2**62, description="As `/holds` names it.", examples=[17])]
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
        found = guards.holds(session.db, connection, within=session.limit)
    rows = [vars(hold) for hold in found]
    if form != "json":
        return streams.whole(form, rows, tuple(HOLD), "holds")
    return answers.document({"items": rows})


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
