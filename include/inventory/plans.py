"""Plans: the difference between what the inventory should be and what it is.

A plan is computed from the timeline, the macros and the inventory as they are, so drift heals
and a missed run costs nothing. It is the dry run, what the guard judges, and what is applied.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from include.inventory import guards
from include.inventory.connections import identify
from include.inventory.database import one_at_a_time
from include.inventory.errors import BadInput, NotFound, Refused, Unknown
from include.inventory.events import Actor
from include.inventory.statements import statement
from include.macros.audiocodes_cooling_duration import MACRO as COOLING


@dataclass(frozen=True)
class Plan:
    """A plan in figures: its changes, what of them is withheld, and its findings, by kind."""

    plan: int
    connection: str
    as_of: datetime
    status: str
    sha256: str
    changes: dict[str, int]
    withheld: dict[str, int]
    findings: dict[str, int]
    verdicts: list[guards.Verdict]
    holds: list[guards.Hold]


@dataclass(frozen=True)
class Applied:
    """What applying a plan changed, by kind, and what it still withholds."""

    plan: int
    status: str
    changed: dict[str, int]
    withheld: dict[str, int]


def compute(db: Connection, connection: str, *, as_of: datetime | None = None) -> Plan:
    """Compute the plan of a connection from its newest list; it supersedes those before it.

    ``as_of`` defaults to the instant of that list. Removals that the guard distrusts are withheld,
    and their scopes held; other connections whose lists no plan has judged are judged first. Raises
    NotFound without a list, Refused for an instant before it.
    """
    one_at_a_time(db)
    for row in db.execute(statement("plan/unjudged")).all():
        if row.name != connection:
            _compute(db, row.name, None)
    return _compute(db, connection, as_of)


def _compute(db: Connection, connection: str, as_of: datetime | None) -> Plan:
    scope, list_as_of = _opened(db, connection, as_of)
    _difference(db, scope, at_once=True)
    guards.judge(db, scope, ended_by=f"the list of {list_as_of.isoformat()}")
    guards.withhold(db, scope)
    guards.wait_for_misses(db, scope)
    return read(db, _seal(db, scope))


def recompute(
    db: Connection,
    connection: str,
    as_of: datetime,
    *,
    approved: int | None = None,
    ended_by: str | None = None,
) -> int:
    """A plan that a person's decision takes the place of the guard for; its id.

    It frees nothing at once. Of the removals it keeps those that the plan ``approved`` withheld, or
    all. ``ended_by`` ends all holds of the connection. What lies in a hold stays withheld.
    """
    scope, _ = _opened(db, connection, as_of)
    if ended_by is not None:
        db.execute(statement("guard/end_holds"), scope | {"ended_by": ended_by})
    _difference(db, scope, at_once=False)
    if approved is not None:
        later = {"plan_id": approved, "later": scope["plan_id"]}
        db.execute(statement("decisions/keep_approved"), later)
    guards.withhold(db, scope)
    return _seal(db, scope)


def _opened(
    db: Connection, connection: str, as_of: datetime | None
) -> tuple[dict[str, Any], datetime]:
    """A new plan in the place of those before it: what its statements ask for, and of which list.

    Raises NotFound without a list, Refused for an instant before it.
    """
    connection_id = identify(db, connection)
    newest = _newest(db, connection_id)
    if newest is None:
        raise NotFound(f"No list of {connection} has been observed; run: numbers sync {connection}")
    instant = as_of or newest.as_of
    if instant < newest.as_of:
        raise Refused(outdated(connection, instant, newest.as_of))
    scope: dict[str, Any] = {"connection_id": connection_id, "as_of": instant}
    db.execute(statement("plan/supersede"), scope)
    scope["snapshot_id"] = newest.snapshot_id
    scope["plan_id"] = int(db.execute(statement("plan/open"), scope).scalar_one())
    scope |= {"snapshot_as_of": newest.as_of, "hierarchy": newest.hierarchy}
    return scope, newest.as_of


def _seal(db: Connection, scope: dict[str, Any]) -> int:
    """Leave a plan as it stays, and what it was worked out from; its id."""
    db.execute(text("DROP TABLE candidate"))
    return int(db.execute(statement("plan/seal"), scope).one().plan_id)


def judge_new_lists(db: Connection, connection: str | None = None) -> None:
    """Plan every connection whose newest list no plan has judged: until then it is no evidence.

    With a connection, that one alone.
    """
    if db.execute(statement("plan/unjudged")).first() is None:
        return
    one_at_a_time(db)  # and whoever was at work meanwhile may have planned them
    for row in db.execute(statement("plan/unjudged")).all():
        if connection in (None, row.name):
            _compute(db, row.name, None)


def claim_online(db: Connection, connection: str, *, as_of: datetime, actor: Actor) -> Applied:
    """Claim what is online at a connection, and remove nothing; other plans stay as they are."""
    one_at_a_time(db)
    connection_id = identify(db, connection)
    newest = _newest(db, connection_id)
    instant = max(as_of, newest.as_of)  # who is claimed now did not hold it before
    scope = {"connection_id": connection_id, "snapshot_id": newest.snapshot_id, "as_of": instant}
    plan_id = int(db.execute(statement("plan/open"), scope).scalar_one())
    _candidates(db)
    db.execute(statement("plan/claims"), scope | {"plan_id": plan_id})
    _seal(db, scope | {"plan_id": plan_id})
    return apply(db, plan_id, actor=actor)


def outdated(connection: str, as_of: datetime, newest: datetime) -> str:
    """What to say of an instant before the newest list of a connection."""
    return (
        f"{connection} has been read at {newest.isoformat()}, after {as_of.isoformat()}: "
        "a plan for the past would undo what is known since; plan without --as-of"
    )


def _newest(db: Connection, connection_id: int) -> Any:
    """The newest list of a connection: its id, instant, kind and numbers; None without one."""
    binds = {"connection_id": connection_id}
    return db.execute(statement("plan/newest_snapshot"), binds).one_or_none()


def _difference(db: Connection, scope: dict[str, Any], *, at_once: bool) -> None:
    """Write what the inventory should become into the plan."""
    binds = scope | {
        "at_once": at_once,
        "default_days": COOLING.default,
        "defaults": guards.DEFAULTS,
    }
    _candidates(db)
    db.execute(statement("plan/claims"), binds)
    db.execute(statement("plan/removals"), binds)


def _candidates(db: Connection) -> None:
    """Gather where what is online and what AudioCodes holds may differ, until a plan is sealed."""
    db.execute(statement("plan/candidates"))
    db.execute(text("ANALYZE candidate"))


def listed(
    db: Connection,
    *,
    connection: str | None = None,
    status: str | None = None,
    within: str | None = None,
    before: int | None = None,
    length: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Plans, the newest first: those made before the plan ``before``, and so many at most.

    Of one connection or of all, of those at a hierarchy node or below it, and of one status; each
    with what was decided on it last. Raises Unknown for a connection that is not there.
    """
    if connection is not None:
        identify(db, connection, within=within)
    binds = {
        "connection": connection,
        "status": status,
        "within": within,
        "before": before,
        "page_length": length,
    }
    rows = db.execute(statement("plan/list"), binds, execution_options={"yield_per": 1000})
    return (dict(row) for row in rows.mappings())


def lies_within(db: Connection, plan_id: int, node: str, *, wholly: bool = False) -> bool:
    """True where the connection of a plan is at a hierarchy node or below it.

    ``wholly``, where each number that it wants changed is as well. Raises Unknown.
    """
    _find(db, plan_id)
    binds = {"plan_id": plan_id, "within": node, "wholly": wholly}
    return bool(db.execute(statement("plan/lies_within"), binds).scalar_one())


def read(
    db: Connection,
    plan_id: int,
    *,
    within: str | None = None,
    nodes: list[dict[str, Any]] | None = None,
) -> Plan:
    """A plan in figures: how many changes it has, at a node or below it. Raises Unknown.

    ``nodes`` is what ``by_node`` has counted, where that is there already.
    """
    found = _find(db, plan_id)
    counts = _by_status(by_node(db, plan_id, within=within) if nodes is None else nodes)
    changes = sum((Counter(counts[status]) for status in MADE_OR_TO_BE), Counter[str]())
    return Plan(
        plan=plan_id,
        connection=found.connection,
        as_of=found.as_of,
        status=found.status,
        sha256=found.sha256,
        changes=dict(sorted(changes.items())),
        withheld=counts["withheld"],
        findings=counts["reported"],
        verdicts=guards.verdicts(db, plan_id, within=within),
        holds=guards.holds(db, found.connection, within=within),
    )


def by_node(db: Connection, plan_id: int, *, within: str | None = None) -> list[dict[str, Any]]:
    """How many changes of each kind and status a plan has at each SBC node; those made are applied.

    With a hierarchy node, of numbers that are there or below it.
    """
    rows = db.execute(statement("plan/counts"), {"plan_id": plan_id, "within": within})
    return [dict(row) for row in rows.mappings()]


def _counts(db: Connection, plan_id: int) -> dict[str, dict[str, int]]:
    """How many changes of each kind a plan has, by their status; those made are applied."""
    return _by_status(by_node(db, plan_id))


def _by_status(nodes: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in nodes:
        of_status = counts[row["status"]]
        of_status[row["kind"]] = of_status.get(row["kind"], 0) + row["numbers"]
    return counts


def _find(db: Connection, plan_id: int) -> Any:
    found = db.execute(statement("plan/plan"), {"plan_id": plan_id}).one_or_none()
    if found is None:
        raise Unknown(f"There is no plan {plan_id}; make one: numbers plan CONNECTION")
    return found


STATUSES = ("open", "withheld", "superseded", "reported")
MADE_OR_TO_BE = ("applied", "open", "superseded")


def changes(
    db: Connection, plan_id: int, *, status: str | None = None, within: str | None = None
) -> Iterator[dict[str, Any]]:
    """The changes of a plan in the order of the numbers, of one status, at a node or below it.

    What is open in a plan that was applied has been made. Raises Unknown, BadInput.
    """
    _find(db, plan_id)
    if status is not None and status not in STATUSES:
        raise BadInput(f"{status!r} is no status of a change; there are: {', '.join(STATUSES)}")
    binds = {"plan_id": plan_id, "status": status, "within": within}
    rows = db.execute(statement("plan/changes"), binds, execution_options={"yield_per": 1000})
    return (dict(row) for row in rows.mappings())


def page(
    db: Connection,
    plan_id: int,
    *,
    status: str | None = None,
    kind: str | None = None,
    node: str | None = None,
    within: str | None = None,
    after: int = 0,
    length: int = 100,
) -> list[dict[str, Any]]:
    """So many changes of a plan behind a ``change_id``, in the order in which it was made.

    Of one status, of one kind, of one SBC node (blank is none: of numbers that no SBC has listed),
    of numbers at a hierarchy node or below it. Raises Unknown.
    """
    _find(db, plan_id)
    binds = {"plan_id": plan_id, "status": status, "kind": kind, "node": node, "within": within}
    place = {"after_change": after, "page_length": length}
    rows = db.execute(statement("plan/page"), binds | place)
    return [dict(row) for row in rows.mappings()]


def apply(db: Connection, plan_id: int, *, actor: Actor) -> Applied:
    """Apply a plan in the caller's transaction: each number that is still as the plan found it.

    Applying it again changes nothing. What it withholds stays as it is. Raises Refused where the
    plan has been superseded, or where a newer list of its connection has been observed since.
    """
    one_at_a_time(db)
    plan = _find(db, plan_id)
    if plan.snapshot_id is None:
        raise Refused(
            f"Plan {plan_id} proposes a purge; a person carries it out: numbers approve {plan_id}"
        )
    if plan.applied_at is None:
        if plan.status == "superseded" or plan.outdated:
            raise Refused(
                f"Plan {plan_id} is stale: {plan.connection} has been read or planned since; "
                f"make a new one: numbers plan {plan.connection}"
            )
        return _apply(db, plan, actor)
    return Applied(plan_id, plan.status, {}, _counts(db, plan_id)["withheld"])


def apply_claims(db: Connection, plan_id: int, *, actor: Actor) -> None:
    """Make the claims of a plan that still stands; its removals are left to a newer one."""
    plan = _find(db, plan_id)
    if plan.applied_at is None and plan.status != "superseded":
        _apply(db, plan, actor, claims_only=True)


def _apply(db: Connection, plan: Any, actor: Actor, *, claims_only: bool = False) -> Applied:
    binds = {"plan_id": plan.plan_id, "as_of": plan.as_of, "claims_only": claims_only}
    binds |= actor.binds()
    db.execute(statement("apply/missing"), binds)
    db.execute(statement("apply/wanted"), binds)
    db.execute(text("ANALYZE missing"))
    db.execute(text("ANALYZE wanted"))
    db.execute(statement("apply/done"))
    db.execute(statement("apply/create"), binds)
    db.execute(statement("apply/change"), binds)
    db.execute(statement("apply/close_changes"), binds)
    db.execute(text("DROP TABLE missing, wanted, done"))
    status = db.execute(statement("apply/close"), binds).scalar_one()
    counts = _counts(db, plan.plan_id)
    return Applied(plan.plan_id, status, counts["applied"], counts["withheld"])
