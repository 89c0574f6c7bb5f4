"""Limits of users: who sees and changes only what is at a hierarchy node or below it."""

from typing import Any

from sqlalchemy import Connection

from include.inventory import hierarchies, plans
from include.inventory.connections import at_or_below
from include.inventory.database import prepared
from include.inventory.errors import BadInput, Refused, Unknown
from include.inventory.events import Actor
from include.inventory.statements import statement
from include.inventory.texts import checked


def of(db: Connection, username: str) -> str | None:
    """The node that a user is limited to; None for one who sees everything."""
    with prepared(db):
        found = listed(db, username)
    return str(found[0]["hierarchy"]) if found else None


def check_node(db: Connection, username: str, hierarchy: str) -> None:
    """Nothing, where a user may see a node. Raises Refused."""
    limit = of(db, username)
    if limit is not None and not at_or_below(hierarchy, limit):
        raise Refused(
            f"{username} sees what is at {limit} and below it, not {hierarchy}; ask somebody who "
            "sees that node"
        )


def check_plan(db: Connection, username: str, plan: int) -> None:
    """Nothing, where a user may see all that a plan wants changed. Raises Refused, Unknown."""
    limit = of(db, username)
    if limit is not None and not plans.lies_within(db, plan, limit, wholly=True):
        raise Refused(
            f"Plan {plan} reaches outside of {limit}, which is what {username} sees; ask somebody "
            "who sees all that it wants changed"
        )


def listed(db: Connection, username: str | None = None) -> list[dict[str, Any]]:
    """The users who are limited, or the one of that name where he is."""
    rows = db.execute(statement("limits/list"), {"username": username})
    return [dict(row) for row in rows.mappings()]


def limit(db: Connection, username: str, *, hierarchy: str, actor: Actor) -> None:
    """Limit a user to a node and what is below it, from the next request on. Raises Unknown."""
    if checked("the user's name", username) != username:
        raise BadInput("A user's name has no blanks around it, and is not blank")
    hierarchies.keep(db, hierarchy)
    binds = {"username": username, "hierarchy": hierarchy, "actor": actor.name}
    db.execute(statement("limits/set"), binds)


def lift(db: Connection, username: str) -> None:
    """Let a user see everything again. Raises Unknown where there is no such limit."""
    if not db.execute(statement("limits/lift"), {"username": username}).rowcount:
        raise Unknown(f"The user {username} is not limited to a hierarchy node")
