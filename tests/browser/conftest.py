"""One server, one browser and one inventory for all tests in a browser."""

import os
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, text

from include.inventory import database
from tests.airflow_home import prepare
from tests.browser import chromium, inventory, server
from tests.browser.inventory import Seeded
from tests.browser.server import Server
from tests.conftest import TEMPLATE

DATABASE = "inventory_in_a_browser"


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """A Chromium; where there is none, the tests are skipped, and say so."""
    pytest.importorskip("playwright")
    if chromium.executable() is None:
        pytest.skip(chromium.MISSING)
    with chromium.started() as browser:
        yield browser


@pytest.fixture(scope="package")
def seeded(browser: Any, server: Engine) -> Iterator[tuple[str, Seeded]]:
    """The URL of the inventory that the pages show, and what is in it."""
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {DATABASE} TEMPLATE {TEMPLATE}"))
    url = database.embedded_url(DATABASE)
    with database.transaction(url) as db:
        found = inventory.seed(db)
    yield url, found
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {DATABASE} WITH (FORCE)"))


@pytest.fixture(scope="package")
def airflow(seeded: tuple[str, Seeded]) -> Iterator[Server]:
    """Airflow's API server with our pages."""
    with server.running(prepare(), seeded[0]) as running:
        yield running


@pytest.fixture(scope="package")
def audited(seeded: tuple[str, Seeded], airflow: Server) -> str:
    """The run of an audit of that inventory, by its id."""
    from tests.dags.conftest import AUDIT, load

    now = datetime.now(UTC).replace(microsecond=0)
    with patch.dict(os.environ, NUMBER_INVENTORY_DB=seeded[0]), redirect_stdout(StringIO()):
        return str(load(AUDIT).test(run_after=now, logical_date=now).run_id)


@pytest.fixture
def decidable(seeded: tuple[str, Seeded]) -> int:
    """A plan that withholds something, for the one test that decides on it."""
    return seeded[1].decidable


@pytest.fixture
def plan(seeded: tuple[str, Seeded]) -> int:
    """The plan that withholds something."""
    return seeded[1].plan


@pytest.fixture
def opened(browser: Any, airflow: Server) -> Iterator[Callable[..., Any]]:
    """Opens a page as somebody; whatever the page complains of makes the test fail.

    ``faults`` of the page are the violations of its policy, the errors of its scripts, and dialogs.
    """
    contexts = []

    def open_page(path: str, user: str = "ada", role: str = "admin", **more: Any) -> Any:
        context = browser.new_context(viewport={"width": 1370, "height": 890}, **more)
        contexts.append(context)
        context.add_cookies([airflow.cookie(user, role)])
        page = context.new_page()
        page.faults = []
        page.on("console", lambda said: page.faults.append(said.text) if _is_fault(said) else None)
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("dialog", lambda dialog: (page.faults.append(dialog.message), dialog.dismiss()))
        page.goto(f"{airflow.url}{path}")
        return page

    yield open_page
    faults = [fault for context in contexts for page in context.pages for fault in page.faults]
    for context in contexts:
        context.close()
    assert faults == []


def _is_fault(said: Any) -> bool:
    return "Content Security Policy" in said.text or "Content-Security-Policy" in said.text
