"""Syncs and plans: what was read, what changes by it, what is withheld, and a decision on that."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import APIRouter, Depends, Form, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from include.inventory import decisions, guards, plans, snapshots
from include.inventory.database import repeated
from include.inventory.errors import InventoryError
from include.orchestration import planned, storage
from include.web.api import sessions
from include.web.api.access import authenticated
from include.web.api.plans import PlanId, check, told
from include.web.api.sessions import Session
from include.web.api.values import Blank, Name, Text, readable
from include.web.pages import rendering
from include.web.pages.glossary import CHANGES
from include.web.pages.visitors import Managing, Reading, Visitor

LENGTH = 50
ROWS = 100
# What stands for the node of a change whose number no SBC node has listed.
NOWHERE = "(none)"

# Before Airflow is asked what of a DAG somebody may see, it is asked who that is.
router = APIRouter(dependencies=[Depends(authenticated)])

Kind = Annotated[str, StringConstraints(pattern=f"^(?:{'|'.join(CHANGES)})$")]
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(readable),
]
# The id of a plan or of a change, as far as the database can count.
Id = Annotated[int, Field(ge=0, le=2**62)]


class Decided(BaseModel):
    """What a person decides on the plan as it was shown."""

    decision: Literal["approve", "reject"]
    reason: Reason
    sha256: str


class Shown(BaseModel):
    """Which changes of a plan, and behind which of them."""

    status: Annotated[Literal["open", "withheld", "superseded", "reported"] | None, Blank] = None
    kind: Annotated[Kind | None, Blank] = None
    node: Annotated[Text | None, Blank] = None
    after: Id = 0


class Wanted(BaseModel):
    """Which plans."""

    connection: Annotated[Name | None, Blank] = None
    status: Annotated[Literal["open", "applied", "withheld", "superseded"] | None, Blank] = None
    before: Id | None = None


@router.get("/plans")
def list_plans(visitor: Reading, request: Request, wanted: Annotated[Wanted, Query()]) -> Response:
    """The plans of every sync, the newest first, and what is held now."""
    with sessions.reading(visitor.name) as session:
        found = plans.listed(
            session.db,
            connection=wanted.connection,
            status=wanted.status,
            before=wanted.before,
            within=session.limit,
            length=LENGTH + 1,
        )
        rows = list(found)
        holds = guards.holds(session.db, within=session.limit)
    return rendering.page(
        request,
        visitor,
        "plans.html",
        plans=rows[:LENGTH],
        more=len(rows) > LENGTH,
        holds=holds,
        wanted=wanted,
    )


@router.get("/plans/{plan}")
def show_plan(
    visitor: Reading, request: Request, plan: PlanId, shown: Annotated[Shown, Query()]
) -> Response:
    """One plan: what was read, its changes in figures and one by one, verdicts and decisions."""
    with sessions.reading(visitor.name) as session:
        check(session, plan)
        if rendering.is_partial(request):
            values = {"plan_id": plan, "shown": shown, "rows": _rows(session, plan, shown)}
            return rendering.page(request, visitor, "changes.html", **values)
        values = _plan(session, plan) | {"shown": shown, "rows": _rows(session, plan, shown)}
    return rendering.page(request, visitor, "plan.html", embedded=False, **values)


@router.get(
    "/runs/{dag_id}/{run_id:path}",
    dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.RUN))],
)
def show_run(visitor: Reading, request: Request, dag_id: str, run_id: str) -> Response:
    """The plan that a run of a sync made, beside Airflow's own tabs."""
    plan = planned.plan_of(dag_id, run_id)
    if plan is None:
        return rendering.page(request, visitor, "no_plan.html", dag_id=dag_id)
    with sessions.reading(visitor.name) as session:
        check(session, plan)
        values = _plan(session, plan) | {"shown": Shown(), "rows": _rows(session, plan, Shown())}
    return rendering.page(request, visitor, "plan.html", embedded=True, **values)


@router.post("/plans/{plan}/decision")
def decide(
    visitor: Managing, request: Request, plan: PlanId, decided: Annotated[Decided, Form()]
) -> Response:
    """Carry out or reject what a plan withholds; refused where it is not what was shown."""
    done = _decide(visitor, plan, decided)
    return rendering.page(request, visitor, "decided.html", plan=plan, done=done, decided=decided)


@repeated
def _decide(visitor: Visitor, plan: int, decided: Decided) -> plans.Applied | None:
    """What an approval did; None for a rejection."""
    with sessions.writing(visitor.name) as session:
        check(session, plan, wholly=True)
        given: dict[str, Any] = {
            "reason": decided.reason,
            "as_of": datetime.now(UTC),
            "actor": session.actor,
            "sha256": decided.sha256,
        }
        if decided.decision == "reject":
            decisions.reject(session.db, plan, **given)
            return None
        done = decisions.approve(session.db, plan, **given)
        check(session, done.plan, wholly=True)
        return done


def _rows(session: Session, plan: int, shown: Shown) -> list[dict[str, Any]]:
    """A page of changes, and one more where there are more."""
    return plans.page(
        session.db,
        plan,
        status=shown.status,
        kind=shown.kind,
        node="" if shown.node == NOWHERE else shown.node,
        within=session.limit,
        after=shown.after,
        length=ROWS + 1,
    )


def _plan(session: Session, plan_id: int) -> dict[str, Any]:
    """What a page shows of a plan."""
    plan = told(session, plan_id)
    seen = session.limit is None
    purge = any(verdict.rule == "purge" for verdict in plan["verdicts"])
    since = decisions.read_since(session.db, plan_id) if purge else None
    is_newest = plan["holds"] != [] and guards.newest_plan(plan["holds"]) == plan_id
    can_approve = since is None if purge else is_newest
    return {
        "plan": plan,
        "plan_id": plan_id,
        "table": _by_node(plan["nodes"]),
        "nowhere": NOWHERE,
        "decisions": plan["decisions"],
        "purge": purge,
        "read_since": since,
        "choices": _choices(plan["decisions"], purge=purge, can_approve=can_approve),
        "landed": _landed(plan["connection"], plan["as_of"]) if seen else None,
    }


def _choices(made: Sequence[dict[str, Any]], *, purge: bool, can_approve: bool) -> list[str]:
    """How a plan can still be decided on: one that was rejected may be approved after all."""
    if any(one["decision"] == "approved" for one in made):
        return []
    choices = ["approve"] if can_approve else []
    return choices if made or not (can_approve or purge) else [*choices, "reject"]


def _by_node(counts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How many changes there are, by SBC node, and by kind and status."""
    columns = sorted({(one["kind"], one["status"]) for one in counts})
    nodes: dict[str, Counter[tuple[str, str]]] = {}
    for one in counts:
        of_node = nodes.setdefault(one["node"] or "", Counter())
        of_node[one["kind"], one["status"]] += one["numbers"]
    return {"columns": columns, "nodes": dict(sorted(nodes.items()))}


def _landed(connection: str, as_of: datetime) -> snapshots.Snapshot | None:
    """The list that a plan was made of, where it is still kept and can be read."""
    try:
        return snapshots.landed(storage.root(), connection, as_of)
    except (InventoryError, OSError):
        return None
