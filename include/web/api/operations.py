"""Operations on numbers: a route for each, carried out once under an Idempotency-Key."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from include.inventory import hierarchies, operations, pools
from include.inventory.database import repeated
from include.inventory.errors import BadInput
from include.inventory.operations import OPERATIONS, Operation, Outcome
from include.inventory.pools import Wish
from include.inventory.selections import Selection
from include.web.api import answers, idempotency, sessions
from include.web.api.access import Manager
from include.web.api.bodies import (
    BODIES,
    Add,
    Asked,
    Assign,
    Cool,
    Edit,
    MarkUtility,
    Move,
    NextAvailable,
    Reserve,
    Sent,
    accepts,
    example,
)
from include.web.api.documents import OutcomeDocument
from include.web.api.etags import IfMatch
from include.web.api.idempotency import Answer, Key
from include.web.api.selections import asked_of
from include.web.api.sessions import Session

router = APIRouter(tags=["operations"])
EXAMPLE = {
    "operation": "assign",
    "chosen": 11,
    "changed": 11,
    "refused": 0,
    "unchanged": 0,
    "dry_run": False,
    "items": [],
}


def _add(session: Session, chosen: Selection, body: Add) -> Outcome:
    return operations.add(session.db, chosen, description=body.description)


def _delete(session: Session, chosen: Selection, _body: Asked) -> Outcome:
    return operations.delete(session.db, chosen)


def _assign(session: Session, chosen: Selection, body: Assign) -> Outcome:
    holder = {"vendor": body.vendor, "usage": body.usage, "subscriber": body.subscriber}
    return operations.assign(session.db, chosen, **holder)  # type: ignore[arg-type]


def _unassign(session: Session, chosen: Selection, _body: Asked) -> Outcome:
    return operations.unassign(session.db, chosen)


def _mark_utility(session: Session, chosen: Selection, body: MarkUtility) -> Outcome:
    return operations.mark_utility(session.db, chosen, usage=body.usage, subscriber=body.subscriber)


def _reserve(session: Session, chosen: Selection, body: Reserve) -> Outcome:
    return operations.reserve(session.db, chosen, days=body.days, notes=body.notes)


def _unreserve(session: Session, chosen: Selection, _body: Asked) -> Outcome:
    return operations.unreserve(session.db, chosen)


def _cool(session: Session, chosen: Selection, body: Cool) -> Outcome:
    return operations.cool(session.db, chosen, days=body.days)


def _end_cooling(session: Session, chosen: Selection, _body: Asked) -> Outcome:
    return operations.end_cooling(session.db, chosen)


def _move(session: Session, chosen: Selection, body: Move) -> Outcome:
    session.check(body.to_hierarchy)
    return operations.move(session.db, chosen, to_hierarchy=body.to_hierarchy)


def _edit(session: Session, chosen: Selection, body: Edit) -> Outcome:
    return operations.edit(session.db, chosen, body.texts.root)


def _next_available(session: Session, chosen: Selection, body: NextAvailable) -> Outcome:
    if chosen.version is not None:
        raise BadInput("If-Match is the version of one number; none is named here")
    hierarchies.find(session.db, body.hierarchy)
    wish = Wish(body.count, body.consecutive, body.prefix, body.country, body.below)
    holder = None if body.holder is None else pools.Holder(**body.holder.model_dump())
    return pools.next_available(
        session.db, chosen, wish, days=body.days, notes=body.notes, holder=holder
    )


CARRY_OUT: dict[str, Callable[[Session, Selection, Any], Outcome]] = {
    "add": _add,
    "delete": _delete,
    "assign": _assign,
    "unassign": _unassign,
    "mark-utility": _mark_utility,
    "reserve": _reserve,
    "unreserve": _unreserve,
    "cool": _cool,
    "end-cooling": _end_cooling,
    "move": _move,
    "edit": _edit,
    "next-available": _next_available,
}


def _route(operation: Operation) -> Callable[..., Response]:
    """The function that answers requests for an operation."""
    model = BODIES[operation.name]
    carry_out = CARRY_OUT[operation.name]

    @repeated
    def answer(
        user: Manager,
        request: Request,
        body: Annotated[Any, Depends(Sent(model))],
        if_match: IfMatch = None,
        key: Key = None,
    ) -> Response:
        with sessions.writing(user) as session:
            chosen = asked_of(session, body, body.hierarchy, if_match)

            def once() -> Answer:
                return Answer(200, carry_out(session, chosen, body))

            return idempotency.once(session, request, body, key, once)

    answer.__doc__ = _says(operation)
    return answer


def _says(operation: Operation) -> str:
    """What an operation does to the state of a number, for the description."""
    leaves = " or ".join(operation.leaves) or "not there yet"
    enters = " or ".join(operation.enters) or "deleted"
    return (
        f"{operation.says}. Takes numbers that are {leaves}; afterwards they are {enters}.\n\n"
        "All or nothing, unless the result of each number is asked for: then each that can be is "
        "changed. A number that a registered device uses is never handed out."
    )


for _operation in OPERATIONS.values():
    router.add_api_route(
        f"/operations/{_operation.name}",
        _route(_operation),
        methods=["POST"],
        operation_id=f"{_operation.cause.replace(' ', '_')}_numbers"
        if _operation.name != "next-available"
        else "next_available_numbers",
        summary=_operation.says,
        responses=answers.describes(
            OutcomeDocument, EXAMPLE | {"operation": _operation.name}, headers=answers.REPLAYED
        ),
        openapi_extra=accepts(BODIES[_operation.name], example(_operation)),
    )
