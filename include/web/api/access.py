"""Who may use the API, route by route: Airflow's users, by what its auth manager lets them do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import (
    DagAccessEntity,
    DagDetails,
    VariableDetails,
)
from airflow.api_fastapi.core_api.security import get_user
from airflow.configuration import conf
from airflow.models.dag import DagModel
from fastapi import Depends, Request
from fastapi.dependencies.utils import get_flat_dependant
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from include.web.api.problems import Problem, invalid

# Who may trigger this DAG frees numbers by it, and so may change them here.
DAG = "release_numbers"
READING = ("GET", "HEAD")
BODIES = ("POST", "PUT", "PATCH")
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

BEARER = HTTPBearer(
    scheme_name="bearer",
    bearerFormat="JWT",
    description="A token of Airflow's: POST /auth/token with a user's name and password.",
    auto_error=False,
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


@dataclass(frozen=True)
class Access:
    """A kind of users: their name, and what of Airflow they may do."""

    name: str
    says: str
    allows: Callable[[Any], bool]


def _may_see(user: Any) -> bool:
    return bool(get_auth_manager().is_authorized_dag(method="GET", details=_dag(), user=user))


def _may_trigger(user: Any) -> bool:
    entity = DagAccessEntity.RUN
    return bool(
        get_auth_manager().is_authorized_dag(
            method="POST", access_entity=entity, details=_dag(), user=user
        )
    )


def _may_edit_variables(user: Any) -> bool:
    manager, details = get_auth_manager(), VariableDetails()
    return all(
        manager.is_authorized_variable(method=method, details=details, user=user)
        for method in ("POST", "PUT")
    )


def _dag() -> DagDetails:
    team = DagModel.get_team_name(DAG) if conf.getboolean("core", "multi_team") else None
    return DagDetails(id=DAG, team_name=team)


_PARAMETERS: dict[Any, frozenset[str]] = {}

READERS = Access("readers", f"who may see the DAG {DAG}", _may_see)
MANAGERS = Access("number managers", f"who may trigger the DAG {DAG}", _may_trigger)
ADMINISTRATORS = Access("administrators", "who may edit Airflow Variables", _may_edit_variables)


async def authenticated(request: Request, credentials: Credentials) -> Any:
    """The user of Airflow who asks: by a bearer token, or by the cookie of the browser."""
    try:
        user = await get_user(request, None, credentials)
    except HTTPException as error:
        raise _unknown(str(error.detail)) from error
    if user is None:
        raise _unknown("There is no such user any more")
    return user


User = Annotated[Any, Depends(authenticated)]


def _unknown(detail: str) -> Problem:
    return Problem(
        401, "unauthenticated", "Log in first", detail, headers={"WWW-Authenticate": "Bearer"}
    )


@dataclass(frozen=True)
class Allowed:
    """A dependency: the name of the user who asks, who is of that kind; 403 for others."""

    access: Access
    media: str = JSON

    async def __call__(self, request: Request, user: User, credentials: Credentials) -> str:
        """The name of the user. Raises a problem for a request that is not to be carried out."""
        if request.method not in READING and credentials is None:
            _refuse_cross_site(request)
        if request.method in BODIES:
            _refuse_other_media(request, self.media)
        if not await run_in_threadpool(self.access.allows, user):
            raise Problem(
                403, "forbidden", "You may not do this", f"It is for those {self.access.says}"
            )
        _refuse_unknown_parameters(request)
        return str(user.get_name())


Reader = Annotated[str, Depends(Allowed(READERS))]
Manager = Annotated[str, Depends(Allowed(MANAGERS))]
Administrator = Annotated[str, Depends(Allowed(ADMINISTRATORS))]


def of(route: Any) -> Access | None:
    """Who may use a route; None where nobody is asked for."""
    for dependency in route.dependant.dependencies:
        access = getattr(dependency.call, "access", None)
        if isinstance(access, Access):
            return access
    return None


def _refuse_cross_site(request: Request) -> None:
    """A browser sends its cookie whoever made it ask: only pages of ours may."""
    origin, host = request.headers.get("origin"), request.headers.get("host")
    own = {host, urlsplit(conf.get("api", "base_url", fallback="")).netloc} - {"", "null"}
    site = request.headers.get("sec-fetch-site", "same-origin")
    elsewhere = origin is not None and origin.split("//", 1)[-1] not in own
    if elsewhere or site not in ("same-origin", "none"):
        detail = "A page of another site asks for it; send a bearer token instead of the cookie"
        raise Problem(403, "cross-site", "The request comes from another site", detail)


def _refuse_other_media(request: Request, wanted: str) -> None:
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media != wanted:
        detail = f"Send the body as {wanted}"
        raise Problem(415, "media-type", "The body is not of a type that is read", detail)


def _refuse_unknown_parameters(request: Request) -> None:
    """A filter with a mistake in its name would filter nothing."""
    if not request.query_params:
        return
    route = request.scope["route"]
    if route.endpoint not in _PARAMETERS:
        _PARAMETERS[route.endpoint] = frozenset(_parameters(route))
    unknown = [name for name in request.query_params if name not in _PARAMETERS[route.endpoint]]
    if unknown:
        raise invalid({"loc": ("query", name), "msg": "is not known here"} for name in unknown)


def _parameters(route: APIRoute) -> Iterator[str]:
    """The names of the query's parameters that a route knows."""
    for one in get_flat_dependant(route.dependant).query_params:
        kind = one.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from kind.model_fields
        else:
            yield one.alias
