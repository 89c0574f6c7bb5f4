"""One embedded PostgreSQL for all tests, in a temporary home, and a fresh database for each."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy import Connection, Engine, text

from include.inventory import database, schema
from tests.memory import roomy

# Tests never see what a developer keeps on disk.
HOME = tempfile.mkdtemp(prefix="number-inventory-tests-", dir=roomy())
os.environ["NUMBER_INVENTORY_HOME"] = HOME
# Handlers run last in, first out: by then the server in it has been stopped by its own.
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
for variable in ("DB", "CONNECTIONS", "STORAGE"):
    os.environ.pop(f"NUMBER_INVENTORY_{variable}", None)

TEMPLATE = "template_inventory"
NUMBERS = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[Engine]:
    """The embedded server, with a migrated template; statements commit by themselves."""
    with database.transaction(database.embedded_url(TEMPLATE)) as db:
        schema.upgrade(db)
    engine = database.engine(database.embedded_url("postgres"))
    engine = engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        # What it would learn of a table is not what a test sees, whose rows are never committed.
        connection.execute(text("ALTER SYSTEM SET autovacuum = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    yield engine
    engine.dispose()


@pytest.fixture
def database_url(server: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a fresh, migrated, empty inventory, which NUMBER_INVENTORY_DB names as well."""
    name = f"inventory_{next(NUMBERS)}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
    address = database.embedded_url(name)
    monkeypatch.setenv("NUMBER_INVENTORY_DB", address)
    yield address
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def shared(server: Engine) -> Iterator[Engine]:
    """A migrated inventory that stays empty: what tests do to it is taken back."""
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE shared TEMPLATE {TEMPLATE}"))
    engine = database.engine(database.embedded_url("shared"))
    yield engine
    engine.dispose()


@pytest.fixture
def db(shared: Engine) -> Iterator[Connection]:
    """A transaction on an empty inventory; it is taken back when the test ends."""
    with shared.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        yield connection
