"""The pages as a whole: their routes, and what they say where something fails."""

from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Response
from fastapi import Path as Part
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from include.inventory.errors import InventoryError
from include.web.api.access import User
from include.web.api.guard import Guard
from include.web.api.problems import Problem
from include.web.pages import (
    audits,
    numbers,
    operations,
    overview,
    plans,
    rendering,
    settings,
)

STATIC = {
    path.name: path.read_bytes()
    for path in (Path(__file__).parent / "static").iterdir()
    if path.is_file()
}
MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def create() -> FastAPI:
    """The pages, to be mounted beside the API: nothing of them is public."""
    pages = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    for kind in (Problem, InventoryError, HTTPException, RequestValidationError):
        pages.add_exception_handler(kind, rendering.failure)
    for part in (overview, numbers, operations, plans, audits, settings):
        pages.include_router(part.router)
    pages.add_api_route("/static/{name}", static, methods=["GET"])
    pages.add_middleware(Guard, answer=rendering.failure, headers=rendering.HEADERS)
    return pages


def static(user: User, name: Annotated[str, Part(max_length=40)]) -> Response:  # noqa: ARG001
    """A style sheet, a script or an icon of the pages."""
    if name not in STATIC:
        raise HTTPException(404)
    media = MEDIA.get(Path(name).suffix, "text/plain")
    return Response(STATIC[name], media_type=media)
