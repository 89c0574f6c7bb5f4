"""The application as a whole: every route of it asks who is there."""

import os

from airflow.api_fastapi.app import get_auth_manager, init_auth_manager
from airflow.api_fastapi.core_api.security import requires_authenticated
from fastapi import Depends, FastAPI

from include.inventory.errors import InventoryError
from include.web import audits
from include.web.api import application as api
from include.web.api import problems
from include.web.pages import application as pages

PREFIX = "/number-inventory"


def create() -> FastAPI:
    """The application, to be mounted in Airflow's API server: nothing of it is public."""
    application = FastAPI(
        title="Number inventory",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(requires_authenticated())],
    )
    application.state.auth_manager = get_auth_manager()
    application.add_exception_handler(InventoryError, problems.answer)
    application.include_router(audits.router)
    application.mount(api.PATH, api.create())
    application.mount("", pages.create())
    return application


def alone() -> FastAPI:
    """The application without the rest of Airflow's API server, at the same addresses.

    For uvicorn: ``uvicorn --factory include.web.application:alone``.
    """
    # As in the API server's own main: this prevents Airflow from looking for a task's supervisor.
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    init_auth_manager()
    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    server.mount(PREFIX, create())
    return server
