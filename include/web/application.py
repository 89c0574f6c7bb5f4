"""The application as a whole: every route of it asks who is there."""

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.core_api.security import requires_authenticated
from fastapi import Depends, FastAPI

from include.web import audits


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
    application.include_router(audits.router)
    return application
