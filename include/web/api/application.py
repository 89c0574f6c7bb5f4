"""The API as a whole: its routes, its errors, and its description for those who are logged in."""

from fastapi import FastAPI, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from include.inventory.errors import InventoryError
from include.web.api import (
    answers,
    decisions,
    descriptions,
    macros,
    nodes,
    numbers,
    operations,
    plans,
    problems,
    reports,
    users,
)
from include.web.api.access import Reader
from include.web.api.guard import Guard

PATH = "/api/v1"


def create() -> FastAPI:
    """The API, to be mounted at ``PATH``: nothing of it is public."""
    api = FastAPI(
        title="Number inventory",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    for kind in (problems.Problem, InventoryError, HTTPException, RequestValidationError):
        api.add_exception_handler(kind, problems.answer)
    for part in (numbers, operations, nodes, macros, users, plans, decisions, reports):
        api.include_router(part.router)
    _describe(api)
    api.add_middleware(Guard)
    return api


def _describe(api: FastAPI) -> None:
    @api.get(
        "/openapi.json",
        operation_id="describe",
        summary="Describe this API",
        tags=["description"],
        responses=answers.describes(dict, {"openapi": "3.1.0"}),
    )
    def describe(user: Reader) -> Response:  # noqa: ARG001 - asks who is there
        """The API as OpenAPI 3.1 has it: this document."""
        return answers.document(api.openapi())

    api.openapi = lambda: descriptions.of(api)  # type: ignore[method-assign]
