"""What goes wrong, as RFC 9457 has it: one form of answer for everything that is no success."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import msgspec
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy import exc
from starlette.exceptions import HTTPException
from starlette.routing import Route

from include.inventory import errors

MEDIA_TYPE = "application/problem+json"
TYPES = "/number-inventory/problems/"
RETRY = {"Retry-After": "1"}
UNAVAILABLE = "The inventory's database does not answer; try again in a minute"

log = logging.getLogger(__name__)


class Problem(Exception):
    """An answer that is no success: what kind of problem it is, and what there is to say of it."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail or title)
        self.status = status
        self.headers = dict(headers or {})
        self.document = {"type": TYPES + kind, "title": title, "status": status}
        self.document |= {} if detail is None else {"detail": detail}
        self.document |= members


@dataclass(frozen=True)
class Kind:
    """How errors of a class are told; with a ``detail``, theirs is for the log alone."""

    error: type[Exception]
    status: int
    name: str
    title: str
    detail: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


# The first that fits counts.
KINDS = (
    Kind(
        errors.NotMigrated,
        503,
        "not-migrated",
        "The inventory has no tables yet",
        "The inventory's tables are missing, or older than this code; run: numbers db upgrade",
    ),
    Kind(errors.DatabaseUnavailable, 503, "unavailable", "The database is away", UNAVAILABLE),
    Kind(exc.TimeoutError, 503, "unavailable", "The database is busy", UNAVAILABLE, RETRY),
    Kind(exc.OperationalError, 503, "unavailable", "The database is away", UNAVAILABLE),
    Kind(errors.Interrupted, 409, "interrupted", "Changed meanwhile", headers=RETRY),
    Kind(errors.Changed, 412, "changed", "Changed since it was read"),
    Kind(errors.NumbersRefused, 409, "numbers-refused", "Some numbers cannot be taken"),
    Kind(errors.NotFound, 404, "not-found", "There is no such thing"),
    Kind(errors.BadInput, 422, "invalid", "What was given cannot be used"),
    Kind(errors.Refused, 409, "refused", "A rule forbids it"),
)
# What Starlette and FastAPI say by themselves.
TITLES = {
    400: ("malformed", "The request cannot be read"),
    404: ("not-found", "There is no such address"),
    405: ("method-not-allowed", "The address knows no such method"),
}
# The kind of a problem that most often is behind a status.
NAMES = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    406: "not-acceptable",
    409: "refused",
    412: "changed",
    413: "too-large",
    415: "media-type",
    422: "invalid",
    500: "internal",
    503: "unavailable",
}
INTERNAL = ("internal", "Something went wrong here", "It is in the server's log; nothing was done")


def told(error: Exception) -> Problem:
    """The problem that an error is; 500, and into the log, where it is a mistake of this code."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        name, title = TITLES.get(error.status_code, ("http", str(error.detail)))
        return Problem(error.status_code, name, title, headers=error.headers)
    if isinstance(error, RequestValidationError):
        return invalid(error.errors())
    for kind in KINDS:
        if isinstance(error, kind.error):
            return _of_kind(error, kind)
    log.error("A request to the number inventory failed", exc_info=error)
    return Problem(500, *INTERNAL)


def _of_kind(error: Exception, kind: Kind) -> Problem:
    members = {}
    if isinstance(error, errors.NumbersRefused):
        done = error.outcome
        members = {"chosen": done.chosen, "refused": done.refused, "items": done.items}
    if kind.detail is not None:
        log.warning("%s", error)
    detail = kind.detail or str(error)
    return Problem(kind.status, kind.name, kind.title, detail, headers=kind.headers, **members)


def invalid(found: Iterable[Any]) -> Problem:
    """The problem of a request that breaks its description: which places of it, and how each."""
    faults = [_fault(one) for one in found]
    detail = "; ".join(f"{fault['place']}: {fault['detail']}" for fault in faults[:3])
    title = "The request does not fit its description"
    return Problem(422, "invalid", title, detail or None, errors=faults[:100])


def _fault(one: Any) -> dict[str, str]:
    """A fault: in the body by its JSON pointer, else by the name of the parameter."""
    where, *path = one["loc"]
    says = _printable(one["msg"])
    if where != "body":
        name = _printable(".".join(map(str, path)))
        return {"place": f"{where} {name}", "parameter": name, "in": str(where), "detail": says}
    steps = (_printable(str(step)).replace("~", "~0").replace("/", "~1") for step in path)
    pointer = "".join(f"/{step}" for step in steps)
    return {"place": f"body {pointer or 'as a whole'}", "pointer": f"#{pointer}", "detail": says}


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:200]


def _methods(request: Request) -> list[str]:
    """The methods that the address of a request knows."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    routes = [route for route in request.app.routes if isinstance(route, Route | APIRoute)]
    fitting = [route for route in routes if route.path_regex.match(path)]
    return sorted({method for route in fitting for method in route.methods or ()})


async def answer(request: Request, error: Exception) -> Response:
    """The answer to a request that failed."""
    problem = told(error)
    if problem.status == 405:
        problem.headers["Allow"] = ", ".join(_methods(request))
    document = problem.document | {"instance": quote(request.url.path, safe="/+*:~@!$&'(),;=")}
    body = msgspec.json.encode(document)
    return Response(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)
