"""Limits of users: who sees and changes only a part of the hierarchy."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from include.inventory import limits
from include.inventory.database import repeated
from include.inventory.errors import Refused
from include.web.api import answers, sessions, streams
from include.web.api.access import Administrator
from include.web.api.bodies import Sent, UserLimit, accepts
from include.web.api.documents import LimitDocument, LimitList
from include.web.api.forms import Wanted
from include.web.api.sessions import Session, outside
from include.web.api.values import Name

COLUMNS = ("username", "hierarchy", "set_by", "set_at")
EXAMPLE: dict[str, Any] = {
    "username": "vera",
    "hierarchy": "sys.hcs.acme",
    "set_by": "api:ada",
    "set_at": "2026-11-23T09:00:00Z",
}
Username = Annotated[Name, Path(description="As Airflow knows the user.", examples=["vera"])]

router = APIRouter(tags=["users"])


@router.get(
    "/users",
    operation_id="list_limits",
    summary="List the users who are limited to a node",
    responses=answers.describes_list(LimitList, {"items": [EXAMPLE]}),
)
def list_limits(user: Administrator, form: Wanted) -> Response:
    """Users who are limited to nodes that one may see; whoever is not listed sees everything."""
    with sessions.reading(user) as session:
        rows = [row for row in limits.listed(session.db) if session.sees(row["hierarchy"])]
    if form != "json":
        return streams.whole(form, rows, COLUMNS, "limits")
    return answers.document({"items": rows})


@router.put(
    "/users/{username}",
    operation_id="limit_user",
    summary="Limit a user to a node",
    responses=answers.describes(LimitDocument, EXAMPLE),
    openapi_extra=accepts(UserLimit, {"hierarchy": "sys.hcs.acme"}),
)
@repeated
def limit_user(
    user: Administrator,
    username: Username,
    body: Annotated[UserLimit, Depends(Sent(UserLimit))],
) -> Response:
    """From the next request on, the user sees and changes only what is there and below it."""
    with sessions.writing(user) as session:
        session.check(body.hierarchy)
        _check(session, username)
        limits.limit(session.db, username, hierarchy=body.hierarchy, actor=session.actor)
        (row,) = limits.listed(session.db, username)
    return answers.document(row)


@router.delete(
    "/users/{username}",
    operation_id="lift_limit",
    summary="Lift the limit of a user",
    status_code=204,
)
@repeated
def lift_limit(user: Administrator, username: Username) -> Response:
    """The user sees everything again. It takes a user who does."""
    with sessions.writing(user) as session:
        if session.limit is not None:
            raise outside("Only who sees everything may let others see everything")
        limits.lift(session.db, username)
    return answers.nothing(204)


def _check(session: Session, username: str) -> None:
    """403 where one who is limited would change the limit of somebody who sees more."""
    if username == session.username:
        raise Refused("Nobody limits himself: another administrator would have to lift it")
    if session.limit is not None and not session.sees(limits.of(session.db, username)):
        raise outside(f"You may limit only those who are limited to {session.limit} or below it")
