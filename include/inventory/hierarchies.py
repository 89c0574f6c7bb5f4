"""The hierarchy: the nodes that numbers belong to, from the provider down to the sites."""

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, text

from include.inventory.connections import HIERARCHY, LONGEST_NODE
from include.inventory.errors import BadInput, Changed, Refused, Unknown
from include.inventory.events import Actor
from include.inventory.statements import statement
from include.inventory.texts import checked

# What a node may be, from the top down. An intermediate one may stand anywhere above a site.
TYPES = ("provider", "reseller", "customer", "intermediate", "site")


@dataclass(frozen=True)
class Node:
    """A hierarchy node; ``version`` is another one after every change of it."""

    hierarchy: str
    parent: str | None
    type: str
    description: str | None
    created_at: datetime
    created_by: str
    version: str


def listed(db: Connection, hierarchy: str | None = None) -> list[dict[str, Any]]:
    """The nodes at and below one, or all, each behind those above it. Raises Unknown."""
    if hierarchy is not None:
        find(db, hierarchy)
    rows = db.execute(statement("hierarchy/list"), {"hierarchy": hierarchy})
    return [dict(row) for row in rows.mappings()]


def children(db: Connection, hierarchy: str | None, *, most: int) -> list[dict[str, Any]]:
    """The first nodes right below one, or for None those at the top."""
    binds = {"hierarchy": hierarchy, "page_length": most}
    return [dict(row) for row in db.execute(statement("hierarchy/children"), binds).mappings()]


def search(
    db: Connection, sought: str, *, within: str | None = None, most: int
) -> list[dict[str, Any]]:
    """The first nodes, from the top down, whose path or description has a text."""
    binds = {"sought": sought, "within": within, "page_length": most}
    return [dict(row) for row in db.execute(statement("hierarchy/search"), binds).mappings()]


def find(db: Connection, hierarchy: str) -> Node:
    """The node of that path. Raises Unknown, and BadInput for what cannot be a path."""
    found = db.execute(statement("hierarchy/node"), {"hierarchy": well_formed(hierarchy)})
    row = found.mappings().one_or_none()
    if row is None:
        raise Unknown(f"There is no hierarchy node {hierarchy}; make it, or name one that there is")
    return Node(**row)


def keep(db: Connection, hierarchy: str) -> Node:
    """The node of that path, which nobody deletes until the transaction ends. Raises as `find`."""
    db.execute(text("LOCK TABLE numbers.hierarchy_node IN ROW EXCLUSIVE MODE"))
    return find(db, hierarchy)


def well_formed(hierarchy: str) -> str:
    """The path itself, where it could be one. Raises BadInput."""
    fits = len(hierarchy) <= LONGEST_NODE and re.fullmatch(HIERARCHY, hierarchy)
    if not fits or checked("hierarchy", hierarchy) != hierarchy:
        raise BadInput(
            f"{hierarchy[:40]!a} is no path of a hierarchy node; give e.g. sys.hcs.acme.london"
        )
    return hierarchy


def add(
    db: Connection,
    hierarchy: str,
    *,
    actor: Actor,
    kind: str = "intermediate",
    description: str | None = None,
) -> list[str]:
    """Make a node, and those above it that are missing, which are intermediate; what was made.

    Raises Refused where it is there already, and where a node of that type cannot stand there: from
    the top down come provider, reseller, customer and site, and nothing below a site.
    """
    binds = {
        "hierarchy": well_formed(hierarchy),
        "type": kind,
        "description": checked("description", description),
        "actor": actor.name,
    }
    one_at_a_time(db)
    _check(db, hierarchy, kind)
    made = sorted(db.execute(statement("hierarchy/add"), binds).scalars())
    if hierarchy not in made:
        raise Refused(f"The hierarchy node {hierarchy} is there already")
    return made


def edit(
    db: Connection,
    hierarchy: str,
    *,
    kind: str | None = None,
    description: str | None = None,
    version: str | None = None,
) -> Node:
    """Say what a node is; what is None stays, a blank description clears it.

    Raises Unknown, Refused as `add` does, and Changed where it was since ``version``.
    """
    one_at_a_time(db)
    node = find(db, hierarchy)
    if version is not None and version != node.version:
        raise Changed(f"The hierarchy node {hierarchy} has been changed since; read it again")
    if kind is not None:
        _check(db, hierarchy, kind)
    about = node.description if description is None else checked("description", description)
    binds = {"hierarchy": hierarchy, "type": kind or node.type, "description": about}
    db.execute(statement("hierarchy/edit"), binds)
    return find(db, hierarchy)


def delete(db: Connection, hierarchy: str, *, version: str | None = None) -> None:
    """Delete a node that nothing is at. Raises Unknown, Changed, and Refused, naming what is."""
    one_at_a_time(db, "SHARE ROW EXCLUSIVE")  # and nothing arrives at any node meanwhile
    node = find(db, hierarchy)
    if version is not None and version != node.version:
        raise Changed(f"The hierarchy node {hierarchy} has been changed since; read it again")
    binds = {"hierarchy": hierarchy}
    uses = db.execute(statement("hierarchy/in_use"), binds).all()
    if uses:
        raise Refused(
            f"The hierarchy node {hierarchy} cannot be deleted: it has "
            + ", ".join(f"{use.times} {use.what}" for use in uses)
        )
    db.execute(statement("hierarchy/delete"), binds)


def one_at_a_time(db: Connection, mode: str = "SHARE UPDATE EXCLUSIVE") -> None:
    """Wait until nobody else edits the hierarchy; held until the transaction ends.

    Types are checked against those above and below: this prevents two edits that each fit, and
    together do not.
    """
    db.execute(text(f"LOCK TABLE numbers.hierarchy_node IN {mode} MODE"))


def _check(db: Connection, hierarchy: str, kind: str) -> None:
    """Refused where a node of that type cannot stand among those above and below it."""
    if kind not in TYPES:
        raise BadInput(f"{kind[:40]!a} is no type of a node; there are {', '.join(TYPES)}")
    rows = db.execute(statement("hierarchy/related"), {"hierarchy": hierarchy}).all()
    above = [(row.hierarchy, row.type) for row in rows if hierarchy.startswith(row.hierarchy + ".")]
    below = [(row.hierarchy, row.type) for row in rows if row.hierarchy.startswith(hierarchy + ".")]
    own = [] if kind == "intermediate" else [(hierarchy, kind)]
    chains = [[*above, *own, (node, there)] for node, there in below] or [[*above, *own]]
    for chain in chains:
        for (upper, upper_kind), (lower, lower_kind) in pairwise(chain):
            if TYPES.index(upper_kind) >= TYPES.index(lower_kind):
                raise Refused(f"No {lower_kind} ({lower}) can be below a {upper_kind} ({upper})")
    for node, there in above:
        if there == "site":
            raise Refused(f"Nothing can be below a site, and {node} is one")
    if kind == "site" and _has_below(db, hierarchy):
        raise Refused(f"Nothing can be below a site, and {hierarchy} has nodes below it")


def _has_below(db: Connection, hierarchy: str) -> bool:
    return len(db.execute(statement("hierarchy/list"), {"hierarchy": hierarchy}).all()) > 1
