"""Named macros: which value is in force at a node, which were, and which is to be."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from include.inventory import hierarchies, macros
from include.inventory.database import repeated
from include.inventory.errors import BadInput, Refused
from include.macros import MACROS
from include.web.api import answers, sessions, streams
from include.web.api.access import Administrator, Reader
from include.web.api.bodies import MacroValue, Sent, accepts
from include.web.api.documents import MacroHistory, MacroInForce, MacroList
from include.web.api.forms import Wanted
from include.web.api.sessions import Session
from include.web.api.values import Hierarchy

NAME = "audiocodes_cooling_duration"
IN_FORCE = ("name", "hierarchy", "value", "unit", "source", "valid_from", "set_by")
COLUMNS = (*IN_FORCE, "description", "default", "minimum", "maximum")
PAST = ("name", "hierarchy", "value", "valid_from", "valid_to", "set_by")
EXAMPLE: dict[str, Any] = {
    "name": NAME,
    "hierarchy": "sys.hcs.acme.london",
    "value": 3,
    "unit": "days",
    "source": "sys.hcs.acme",
    "valid_from": "2026-11-23T18:25:53Z",
    "set_by": "api:ada",
}
MacroName = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,100}$", examples=[NAME])]

router = APIRouter(tags=["macros"])


@router.get(
    "/macros",
    operation_id="list_macros",
    summary="List macros as they are in force at a node",
    responses=answers.describes_list(
        MacroList,
        {
            "items": [
                EXAMPLE | {"description": "Days …", "default": 2, "minimum": 0, "maximum": 999}
            ]
        },
    ),
)
def list_macros(
    user: Reader,
    form: Wanted,
    hierarchy: Annotated[Hierarchy, Query(description="At this node, now.")],
) -> Response:
    """Every macro: its value at the node, and the node above it that the value was set at."""
    with sessions.reading(user) as session:
        session.check(hierarchy)
        hierarchies.find(session.db, hierarchy)
        found = {name: macros.in_force(session.db, name, hierarchy) for name in MACROS}
    items = [vars(MACROS[name]) | vars(value) for name, value in found.items()]
    if form != "json":
        return streams.whole(form, items, COLUMNS, "macros")
    return answers.document({"items": items})


@router.get(
    "/macros/{name}/history",
    operation_id="list_macro_history",
    summary="List the values that a macro has had",
    responses=answers.describes_list(
        MacroHistory,
        {
            "items": [
                {
                    "name": NAME,
                    "hierarchy": "sys.hcs.acme",
                    "value": 3,
                    "valid_from": "2026-11-23T18:25:53Z",
                    "valid_to": None,
                    "set_by": "api:ada",
                }
            ]
        },
    ),
)
def list_macro_history(
    user: Reader,
    form: Wanted,
    name: MacroName,
    hierarchy: Annotated[
        Hierarchy | None, Query(description="Those that this node sees, looking up.")
    ] = None,
) -> Response:
    """Values of a macro, node by node; those set at nodes that the user may see."""
    with sessions.reading(user) as session:
        session.check(hierarchy)
        macros.named(name)
        if hierarchy is not None:
            hierarchies.find(session.db, hierarchy)
        past = macros.history(session.db, hierarchy)
    items = [row for row in past if row["name"] == name and session.sees(row["hierarchy"])]
    if form != "json":
        return streams.whole(form, items, PAST, f"{name}_history")
    return answers.document({"items": items})


@router.put(
    "/macros/{name}",
    operation_id="set_macro",
    summary="Set a macro at a node",
    responses=answers.describes(MacroInForce, EXAMPLE | {"hierarchy": "sys.hcs.acme"}),
    openapi_extra=accepts(MacroValue, {"hierarchy": "sys.hcs.acme", "value": 3}),
)
@repeated
def set_macro(
    user: Administrator,
    name: MacroName,
    body: Annotated[MacroValue, Depends(Sent(MacroValue))],
) -> Response:
    """It holds for numbers that begin to cool from then on, at the node and below it. A value is
    never set for a time before the newest one at the node, or before the newest list of a
    connection there, above it or below it.
    """
    with sessions.writing(user) as session:
        done = put(session, name, body.value, at=body.hierarchy, valid_from=body.valid_from)
    return answers.document(done)


@router.delete(
    "/macros/{name}",
    operation_id="clear_macro",
    summary="Clear a macro at a node",
    responses=answers.describes(MacroInForce, EXAMPLE | {"hierarchy": "sys.hcs.acme"}),
)
@repeated
def clear_macro(
    user: Administrator,
    name: MacroName,
    hierarchy: Annotated[Hierarchy, Query(description="The node whose own value ends.")],
) -> Response:
    """The node has no value of its own any more: that of a node above it, or the default, is in
    force again, for numbers that begin to cool from then on. The history stays.
    """
    with sessions.writing(user) as session:
        done = take(session, name, at=hierarchy)
    return answers.document(done)


def put(
    session: Session, name: str, value: Any, *, at: str, valid_from: datetime | None
) -> macros.InForce:
    """A macro has a value at a node from an instant on. Raises what `macros.set_value` does, 403
    for a node that the user does not see, and BadInput for a value that it cannot take.
    """
    session.check(at)
    macro = macros.named(name)
    hierarchies.find(session.db, at)
    try:
        macros.checked(macro, value, at)
    except Refused as error:
        raise BadInput(str(error)) from error
    return macros.set_value(
        session.db, name, value, hierarchy=at, set_by=session.actor.name, valid_from=valid_from
    )


def take(session: Session, name: str, *, at: str) -> macros.InForce:
    """A node has no value of its own any more; what is in force there instead."""
    session.check(at)
    hierarchies.find(session.db, at)
    return macros.clear(session.db, name, hierarchy=at, cleared_by=session.actor.name)
