"""Decisions: a person approves or rejects what a plan withholds, for a reason, in their own name.

An approval is bound to the plan that was looked at: of what it withheld, what is still true is
carried out. Where more is withheld by now, the decision is stale and nothing happens. No time-out
ever decides.
"""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection

from include.inventory import guards, plans, purges
from include.inventory.database import one_at_a_time
from include.inventory.errors import BadInput, Refused, Unknown
from include.inventory.events import Actor
from include.inventory.statements import statement


def approve(
    db: Connection,
    plan_id: int,
    *,
    reason: str,
    as_of: datetime,
    actor: Actor,
    sha256: str | None = None,
) -> plans.Applied:
    """Carry out what a plan withholds, as far as it is still true; its holds end.

    Numbers cool for the usual days from ``as_of`` on, and none is freed at once. A proposed purge
    is carried out whole. Each event names the person, the plan and the reason. Raises Unknown for a
    plan that there is not, BadInput without a reason, Refused where the plan is not held,
    was decided on, is not the one whose hash was given, is of a later instant than ``as_of``, or
    where more is withheld by now.
    """
    one_at_a_time(db)
    plans.judge_new_lists(db)
    plan = _decidable(db, plan_id, reason, sha256)
    if plan.decision == "approved":
        raise Refused(f"Plan {plan_id} was approved by {plan.decided_by} at {plan.decided_at}")
    if as_of < plan.as_of:
        raise Refused(
            f"Plan {plan_id} is of {plan.as_of.isoformat()}, and cannot have been approved before, "
            f"at {as_of.isoformat()}; approve it as of then or later"
        )
    if plan.is_purge and plan.read_since is not None:
        raise Refused(
            f"{plan.connection} has been read at {plan.read_since}, after its purge was proposed; "
            "propose it anew where it still is to be"
        )
    if plan.is_purge:
        later = purges.carry_out(db, plan.connection, as_of=as_of, by=actor.name)
        _refuse_more(db, plan, later, ["open", "withheld"])
    else:
        later = _recomputed(db, plan, as_of, actor)
    _record(db, plan, "approved", reason, as_of, actor, later)
    return plans.apply(db, later, actor=actor)


def made(db: Connection, plan_id: int) -> list[dict[str, Any]]:
    """What people decided on a plan: for which reason, who, when, and on how much; newest last."""
    rows = db.execute(statement("decisions/made"), {"plan_id": plan_id})
    return [dict(row) for row in rows.mappings()]


def read_since(db: Connection, plan_id: int) -> datetime | None:
    """When the connection of a plan was read last, after the plan was made; None if it was not."""
    found = db.execute(statement("decisions/plan"), {"plan_id": plan_id}).one()
    return cast(datetime | None, found.read_since)


def reject(
    db: Connection,
    plan_id: int,
    *,
    reason: str,
    as_of: datetime,
    actor: Actor,
    sha256: str | None = None,
) -> None:
    """Record that a person rejects what a plan withholds. Everything stays as it is, its holds too.

    Raises what ``approve`` raises for the plan, its hash and the reason.
    """
    one_at_a_time(db)
    plan = _decidable(db, plan_id, reason, sha256)
    if plan.decision is not None:
        raise Refused(
            f"Plan {plan_id} was {plan.decision} by {plan.decided_by} at {plan.decided_at}"
        )
    _record(db, plan, "rejected", reason, as_of, actor, None)


def _decidable(db: Connection, plan_id: int, reason: str, sha256: str | None) -> Any:
    """The plan, as one that a person may decide on; a rejected one may be approved after all."""
    if not reason.strip():
        raise BadInput(f"Plan {plan_id} is decided on for a reason only; give one")
    plan = db.execute(statement("decisions/plan"), {"plan_id": plan_id}).one_or_none()
    if plan is None:
        raise Unknown(f"There is no plan {plan_id}; see what is withheld: numbers holds")
    if not plan.distrusted:
        raise Refused(f"Plan {plan_id} of {plan.connection} awaits no decision: it is not held")
    if sha256 is not None and sha256 != plan.sha256:
        raise Refused(f"Plan {plan_id} is not the one that was shown; look at it again")
    return plan


def _recomputed(db: Connection, plan: Any, as_of: datetime, actor: Actor) -> int:
    """A plan of what was approved, made from the newest list; its id."""
    if plan.newest_held is None:
        raise Refused(
            f"Plan {plan.plan_id} is stale: {plan.connection} has no hold any more, and nothing is "
            "withheld"
        )
    _refuse_more(db, plan, plan.newest_held, ["withheld"])
    binds = {"connection_id": plan.connection_id, "plan_id": plan.plan_id}
    for wider in db.execute(statement("decisions/wider_holds"), binds):
        raise Refused(
            f"Plan {plan.plan_id} is stale: by now {guards.scope_name(wider.node)} is held too "
            f"({wider.reason}); look at plan {plan.newest_held}, the newest"
        )
    plans.apply_claims(db, plan.newest_held, actor=actor)
    ended_by = f"the approval of plan {plan.plan_id} by {actor.name}"
    db.execute(statement("decisions/end_holds"), binds | {"as_of": as_of, "ended_by": ended_by})
    return plans.recompute(db, plan.connection, as_of, approved=plan.plan_id)


def _refuse_more(db: Connection, plan: Any, later: int, statuses: list[str]) -> None:
    """Refuse where a later plan wants more removed than the person has seen."""
    binds = {"plan_id": plan.plan_id, "later": later, "statuses": statuses}
    more = db.execute(statement("decisions/grown"), binds).scalar_one()
    if more:
        what = "propose the purge anew" if plan.is_purge else f"look at plan {later}, the newest"
        raise Refused(
            f"Plan {plan.plan_id} is stale: {more} numbers would go that it did not show; {what}"
        )


def _record(
    db: Connection,
    plan: Any,
    decision: str,
    reason: str,
    as_of: datetime,
    actor: Actor,
    carried_out_by: int | None,
) -> None:
    binds = {
        "plan_id": plan.plan_id,
        "decision": decision,
        "reason": reason.strip(),
        "as_of": as_of,
        "sha256": plan.sha256,
        "withheld": plan.withheld,
        "carried_out_by": carried_out_by,
    }
    db.execute(statement("decisions/record"), binds | actor.binds())
