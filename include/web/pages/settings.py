"""Settings: which macros are in force at a node, where from, and who changed what when."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

from include.inventory import hierarchies, limits, macros
from include.inventory.connections import node_path
from include.inventory.database import repeated
from include.inventory.macros import InForce
from include.macros import GUARD, MACROS
from include.web.api import sessions
from include.web.api.macros import MacroName, put, take
from include.web.api.sessions import Session
from include.web.api.values import Blank, Hierarchy, Instant, Text, readable
from include.web.pages import rendering
from include.web.pages.visitors import Administering, Reading, Visitor

NODES = 20
CHANGES = 30
LIMITED = 100

router = APIRouter()


def _of_the_field(value: object) -> object:
    """A browser's field for an instant has no zone: the page says that it is UTC."""
    is_bare = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", value)
    return f"{value}Z" if is_bare else value or None


class Chosen(BaseModel):
    """Which node, which nodes to choose from, and which of its changes."""

    hierarchy: Annotated[Hierarchy | None, Blank] = None
    find: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=120),
        AfterValidator(readable),
    ] = ""
    macro: Annotated[Text | None, Blank] = None
    skip: Annotated[int, Field(ge=0, le=100_000)] = 0


class Value(BaseModel):
    """The value that a macro is to have at a node, from an instant on: now, by default."""

    hierarchy: Hierarchy
    value: Annotated[str, StringConstraints(max_length=40)]
    valid_from: Annotated[Instant | None, BeforeValidator(_of_the_field)] = None


class Node(BaseModel):
    """The node whose own value ends."""

    hierarchy: Hierarchy


@router.get("/settings")
def show_settings(
    visitor: Reading, request: Request, chosen: Annotated[Chosen, Query()]
) -> Response:
    """The macros in force at a node, what they were, and the nodes to choose from."""
    with sessions.reading(visitor.name) as session:
        values = _settings(session, chosen, visitor)
    return rendering.page(request, visitor, "settings.html", done=None, **values)


@router.post("/settings/macros/{name}")
def set_macro(
    visitor: Administering, request: Request, name: MacroName, wanted: Annotated[Value, Form()]
) -> Response:
    """The macro has the value from then on, at the node and below it."""
    return _answer(request, visitor, _set(visitor, name, wanted), wanted.hierarchy)


@router.post("/settings/macros/{name}/clear")
def clear_macro(
    visitor: Administering, request: Request, name: MacroName, node: Annotated[Node, Form()]
) -> Response:
    """The node has no value of its own any more."""
    return _answer(request, visitor, _clear(visitor, name, node.hierarchy), node.hierarchy)


@repeated
def _set(visitor: Visitor, name: str, wanted: Value) -> InForce:
    with sessions.writing(visitor.name) as session:
        return put(session, name, wanted.value, at=wanted.hierarchy, valid_from=wanted.valid_from)


@repeated
def _clear(visitor: Visitor, name: str, hierarchy: str) -> InForce:
    with sessions.writing(visitor.name) as session:
        return take(session, name, at=hierarchy)


def _answer(request: Request, visitor: Visitor, done: InForce, hierarchy: str) -> Response:
    """The settings as they are now; without a script, the page itself anew."""
    if not rendering.is_partial(request):
        return RedirectResponse(rendering.linker(request)("/settings", hierarchy=hierarchy), 303)
    with sessions.reading(visitor.name) as session:
        values = _settings(session, Chosen(hierarchy=hierarchy), visitor)
    return rendering.page(request, visitor, "settings.html", done=done, **values)


def _settings(session: Session, chosen: Chosen, visitor: Visitor) -> dict[str, Any]:
    """What the page shows: of a node, or of none where there are no nodes yet."""
    node = chosen.hierarchy or session.limit or _top(session)
    session.check(node)
    values: dict[str, Any] = {
        "chosen": chosen,
        "node": node,
        "limit": session.limit,
        "sees": session.sees,
        "most": NODES,
        "limited": _limited(session) if visitor.administers else None,
    }
    if node is None:
        return values
    return values | {
        "about": hierarchies.find(session.db, node),
        "above": [one for one in node_path(node)[:-1] if session.sees(one)],
        "nodes": _nodes(session, node, chosen.find),
        "groups": _groups(session, node),
        "changes": macros.changes(
            session.db,
            node,
            name=chosen.macro,
            within=session.limit,
            skip=chosen.skip,
            length=CHANGES + 1,
        ),
        "length": CHANGES,
        "macros": MACROS,
    }


def _top(session: Session) -> str | None:
    found = hierarchies.children(session.db, None, most=1)
    return str(found[0]["hierarchy"]) if found else None


def _nodes(session: Session, node: str, sought: str) -> list[dict[str, Any]]:
    """The nodes to go on to: those found, or those right below; one more where there are more."""
    if sought:
        return hierarchies.search(session.db, sought, within=session.limit, most=NODES + 1)
    return hierarchies.children(session.db, node, most=NODES + 1)


def _groups(session: Session, node: str) -> Mapping[str, list[dict[str, Any]]]:
    """Each macro as it is at a node now, as it would be without the node's own value, and later."""
    now = datetime.now(UTC)
    later = macros.to_come(session.db, node, as_of=now)
    groups: dict[str, list[dict[str, Any]]] = {"Cooling and stock": [], "Guard": []}
    for name, macro in sorted(MACROS.items()):
        found = macros.in_force(session.db, name, node, as_of=now)
        own = found.source == node
        groups["Guard" if name in GUARD else "Cooling and stock"].append(
            {
                "macro": macro,
                "found": found,
                "own": own,
                "otherwise": _otherwise(session, name, node) if own else None,
                "later": [one for one in later if one["name"] == name],
            }
        )
    return groups


def _otherwise(session: Session, name: str, node: str) -> InForce:
    """What would be in force at a node that had no value of its own."""
    *_, above = ["", *node_path(node)[:-1]]
    if not above:
        macro = macros.named(name)
        return InForce(name, node, macro.default, macro.unit)
    return macros.in_force(session.db, name, above)


def _limited(session: Session) -> list[dict[str, Any]]:
    """The users who are limited to a node that one sees, and one more where there are more."""
    rows = limits.listed(session.db)
    return [one for one in rows if session.sees(one["hierarchy"])][: LIMITED + 1]
