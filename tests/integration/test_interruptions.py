"""Transactions that others come in between are done again; what never succeeds is told."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from psycopg.errors import DeadlockDetected, ForeignKeyViolation, SerializationFailure
from psycopg.errors import UniqueViolation as Taken
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, OperationalError
from typer.testing import CliRunner

from include.cli import app
from include.inventory import database, macros, operations
from include.inventory.errors import Interrupted, Refused
from tests.integration.factories import NOON, SITE, a_node, a_number, chosen, events, row

FIRST, SECOND = "1001", "1002"


@pytest.fixture
def two(database_url: str) -> str:
    """An inventory with two numbers; its URL."""
    with database.transaction() as db:
        for number in (FIRST, SECOND):
            a_number(db, number)
    return database_url


@contextmanager
def crossed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The next operation locks the second number first, while another one holds the first.

    Each waits for the other then, and PostgreSQL ends one of them. Yields the times that the
    operation was begun.
    """
    times: list[int] = []
    holds = threading.Event()
    original = operations._run

    def crossing(db: Connection, *args: Any, **more: Any) -> Any:
        times.append(1)
        if len(times) == 1:
            # It has looked first, so it is the one that PostgreSQL ends.
            db.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
            _lock(db, SECOND)
            holds.set()
            _wait_until_one_waits()
        return original(db, *args, **more)

    def other() -> None:
        with database.transaction() as db:
            db.execute(text("SET LOCAL deadlock_timeout = '60s'"))
            _lock(db, FIRST)
            assert holds.wait(10)
            update = "UPDATE numbers.number SET description = 'other' WHERE internal_number = :one"
            db.execute(text(update), {"one": SECOND})

    monkeypatch.setattr(operations, "_run", crossing)
    with ThreadPoolExecutor(1) as threads:
        done: Future[None] = threads.submit(other)
        yield times
        done.result(20)


def _lock(db: Connection, number: str) -> None:
    found = "SELECT FROM numbers.number WHERE internal_number = :one FOR UPDATE"
    db.execute(text(found), {"one": number})


def _wait_until_one_waits() -> None:
    """Return once a transaction of the database waits for a lock."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(1000):
        with database.transaction() as db:
            if db.execute(text(waiting)).scalar_one():
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def check_both(times: list[int]) -> None:
    """Assert that the operation was begun twice, and done once, beside the other one."""
    assert len(times) == 2
    with database.transaction() as db:
        for number in (FIRST, SECOND):
            assert row(db, number)["status"] == "Reserved"
            assert len(events(db, number)) == 1
        assert row(db, SECOND)["description"] == "other"


def test_a_deadlock_on_the_terminal_is_tried_again(
    two: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with crossed(monkeypatch) as times:
        done = CliRunner().invoke(app, ["reserve", FIRST, SECOND, "--json"])
    assert done.exit_code == 0, done.output
    check_both(times)


def interrupted(
    error: type[Exception], wrapped: type[Any] = OperationalError
) -> Callable[[], None]:
    def work() -> None:
        with database.transaction() as db:
            db.execute(text("SELECT 1"))
            raise wrapped("a statement", {}, error("another one was first"))

    return work


@pytest.mark.parametrize(
    ("error", "wrapped"),
    [
        (DeadlockDetected, OperationalError),
        (SerializationFailure, OperationalError),
        (Taken, IntegrityError),
        (ForeignKeyViolation, IntegrityError),
    ],
)
def test_what_is_interrupted_every_time_is_told(
    error: type[Exception],
    wrapped: type[Any],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", slept.append)
    with pytest.raises(Interrupted, match="run it again"):
        database.repeated(interrupted(error, wrapped))()
    assert len(slept) == database.ATTEMPTS - 1
    assert sum(slept) <= 5


def test_a_refusal_is_not_tried_again() -> None:
    times: list[int] = []

    def work() -> None:
        times.append(1)
        raise Refused("a rule forbids it")

    with pytest.raises(Refused):
        database.repeated(work)()
    assert times == [1]


def test_what_another_one_made_first_is_judged_the_second_time(database_url: str) -> None:
    """Two set one macro at once: the later one sees the other's value, and ends or refuses it."""
    name = "audiocodes_cooling_duration"
    with database.transaction() as db:
        a_node(db)
    times: list[int] = []

    def setting() -> None:
        with database.transaction() as db:
            times.append(1)
            macros.set_value(db, name, 3, hierarchy=SITE, set_by="bob", valid_from=NOON)

    with ThreadPoolExecutor(1) as threads:
        with database.transaction() as db:
            macros.set_value(db, name, 1, hierarchy=SITE, set_by="ann", valid_from=NOON)
            second = threads.submit(database.repeated(setting))
            _wait_until_one_waits()
        with pytest.raises(Refused, match="its history is never rewritten"):
            second.result(20)
    assert len(times) == 2


def test_a_dry_run_is_tried_again_too(two: str) -> None:
    times: list[int] = []

    @database.repeated
    def work() -> int:
        with database.transaction() as db:
            times.append(1)
            if len(times) == 1:
                raise Interrupted("another one was first")
            return operations.reserve(db, chosen(FIRST, dry_run=True)).changed

    assert work() == 1
    assert len(times) == 2
