"""The description of the API as OpenAPI 3.1: what FastAPI knows, and what it cannot."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from include.web.api import access, problems
from include.web.api.bodies import DESCRIBED
from include.web.api.documents import InvalidDocument, ProblemDocument, RefusedDocument

SUMMARY = "The numbers of an enterprise, whose they are, and what may be done with them."
DESCRIPTION = """Lists are paged: as long as there is a `next`, ask again with it as `cursor`. As \
CSV and NDJSON they come whole.

Errors are `application/problem+json` (RFC 9457). Whoever is limited to a hierarchy node sees and \
changes what is there and below it, and nothing else.

Send `If-Match` with the ETag that was read, and nothing is changed that somebody else has changed \
since. Send an `Idempotency-Key` with a POST, and it can be sent again safely."""
TAGS = {
    "numbers": "Lists of numbers, and each with its history.",
    "operations": "What people do with numbers; each change of a number is an event.",
    "hierarchy": "The nodes that numbers belong to.",
    "macros": "Settings at nodes; the nearest node looking up wins.",
    "users": "Who is limited to a part of the hierarchy.",
    "plans": "What the guard withholds, what a plan wants changed, and what people decide.",
    "reports": "What the inventory and its history tell.",
    "description": "This document.",
}
# Why each problem comes about.
REASONS = {
    401: "Nobody is logged in, or the token is not valid.",
    403: "The user may not do this, or not there; or a page of another site asks.",
    404: "There is no such number, node, macro, user, connection or plan.",
    406: "The header Accept asks for none of the forms that there are.",
    409: "A rule forbids it, or somebody else changed the same meanwhile.",
    412: "It was changed since it was read.",
    413: "The body is larger than 2 MiB.",
    415: "The body is not application/json.",
    422: "The request does not fit its description, or cannot be used.",
    500: "Something went wrong here.",
    503: "The inventory's database is away.",
}
MODELS = {409: RefusedDocument, 422: InvalidDocument}


def of(api: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if api.openapi_schema is None:
        api.openapi_schema = _made(api)
    return api.openapi_schema


def _made(api: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=api.title,
        version=api.version,
        summary=SUMMARY,
        description=DESCRIPTION,
        routes=api.routes,
        tags=[{"name": name, "description": says} for name, says in TAGS.items()],
        servers=[{"url": "/number-inventory/api/v1"}],
    )
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
    document["components"]["schemas"] |= _schemas()
    for route in api.routes:
        if isinstance(route, APIRoute):
            for method in route.methods:
                _complete(document["paths"][route.path_format][method.lower()], route)
    return document


def _schemas() -> dict[str, Any]:
    """The bodies that are read and the problems that are answered."""
    bodies = [(model, "validation") for model in DESCRIBED.values()]
    told = [(model, "serialization") for model in (ProblemDocument, *MODELS.values())]
    found = models_json_schema([*bodies, *told], ref_template="#/components/schemas/{model}")  # type: ignore[list-item]
    return dict(found[1]["$defs"])


def _complete(operation: dict[str, Any], route: APIRoute) -> None:
    """Say of an operation what may go wrong, and who may use it."""
    kind = access.of(route)
    if kind is not None:
        operation["x-who-may"] = kind.name
        operation["description"] += f"\n\nFor {kind.name}: {kind.says}."
    for status in _problems(operation):
        model = MODELS.get(status, ProblemDocument)
        schema = {"$ref": f"#/components/schemas/{model.__name__}"}
        said = {"schema": schema, "example": _example(status)}
        operation["responses"][str(status)] = {
            "description": REASONS[status],
            "content": {problems.MEDIA_TYPE: said},
        }
        if status in (409, 503):
            header = {"description": "Seconds.", "schema": {"type": "string"}}
            operation["responses"][str(status)]["headers"] = {"Retry-After": header}
        if status == 401:
            header = {"description": "Bearer", "schema": {"type": "string"}}
            operation["responses"]["401"]["headers"] = {"WWW-Authenticate": header}
    if any(one["name"] == "If-None-Match" for one in operation.get("parameters", ())):
        operation["responses"]["304"] = {"description": "It is as the client has it."}
    _show_blanks(operation, route)
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _show_blanks(operation: dict[str, Any], route: APIRoute) -> None:
    """Put the examples in as they are: FastAPI leaves out what is null in them."""
    for status, said in route.responses.items():
        operation["responses"][str(status)]["content"]["application/json"]["example"] = said[
            "content"
        ]["application/json"]["example"]
    operation |= route.openapi_extra or {}


def _problems(operation: dict[str, Any]) -> Iterator[int]:
    """The problems that an operation may have, by what is sent to it."""
    yield from (401, 403, 422, 500, 503)
    names = {one["name"] for one in operation.get("parameters", ())}
    body = "requestBody" in operation
    if body:
        yield from (413, 415)
    if body or names & {"hierarchy", "node", "name", "username", "internal_number"}:
        yield from (404, 409)
    if names & {"plan", "connection"}:
        yield 404
    if "format" in names:
        yield 406
    if "If-Match" in names:
        yield 412


def _example(status: int) -> dict[str, Any]:
    return {
        "type": f"{problems.TYPES}{problems.NAMES[status]}",
        "title": REASONS[status].split(",")[0].rstrip("."),
        "status": status,
        "detail": REASONS[status],
        "instance": "/number-inventory/api/v1/numbers",
    }
