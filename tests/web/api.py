"""An inventory behind the API, and who asks for what in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection

from include.inventory import database, limits, macros, plans
from include.inventory.events import Actor
from tests.airflow_home import api
from tests.integration.factories import (
    a_cooling_number,
    a_node,
    a_number,
    a_used_number,
    a_user,
)

ROOT = "/number-inventory/api/v1"
LONDON, LEEDS, OTHER = "sys.hcs.acme.london", "sys.hcs.acme.leeds", "sys.hcs.zenith.paris"
SOON = datetime(2040, 1, 31, 12, tzinfo=UTC)
AVAILABLE, USED, COOLING, RESERVED = (f"+44207946010{digit}" for digit in range(4))
HERE = [f"+4420794602{digit:02}" for digit in range(12)]
THERE = [a_user(f"+4420794603{digit:02}", nodeName="SBC-2") for digit in range(30)]
SUBSCRIBED, ELSEWHERE = "+442079460104", "+33155550100"

# What lays in the next list of a connection, and applies its plan.
Sync = Callable[..., plans.Plan]


def seed(db: Connection) -> None:
    """Two sites of one customer and one of another: a number in every state, and settings."""
    for node in (LONDON, LEEDS, OTHER):
        a_node(db, node, "site")
    a_number(db, AVAILABLE, description="block A", extra={"extra1": "floor 3"})
    a_used_number(db, USED)
    a_cooling_number(db, COOLING, until=SOON)
    a_number(db, RESERVED, status="Reserved", release_date=SOON, reservation_notes="for Zoe")
    a_number(db, SUBSCRIBED, status="Used", usage="User", vendor="Cisco", subscriber="j.doe")
    for number in range(5):
        a_number(db, f"+4411396010{number:02}", hierarchy=LEEDS)
        a_number(db, f"+3315555010{number}", hierarchy=OTHER, description="secret of Zenith")
    a_cooling_number(
        db, "+33155550109", hierarchy=OTHER, until=datetime.now(UTC) - timedelta(days=1)
    )
    for node, days in (("sys.hcs", 3), (OTHER, 9)):
        macros.set_value(db, "audiocodes_cooling_duration", days, hierarchy=node, set_by="tests")
    limits.limit(db, "paul", hierarchy=OTHER, actor=Actor("tests"))


def limited(username: str, hierarchy: str) -> None:
    """From now on a user sees a part of the hierarchy."""
    with database.transaction() as db:
        limits.limit(db, username, hierarchy=hierarchy, actor=Actor("tests"))


@contextmanager
def inventory() -> Iterator[Connection]:
    """The inventory that the API answers from, as the tests see it."""
    with database.transaction() as db:
        yield db


@cache
def client(user: str | None = "ada", role: str | None = "admin") -> Any:
    """A client whose addresses are those of the API."""
    made = api(user, role)
    made.base_url = made.base_url.join(ROOT)
    return made


def post(path: str, body: Any, user: str = "ada", role: str = "admin", **headers: str) -> Any:
    """The answer to a body, as JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client(user, role).post(path, json=body, headers=named)


def operate(operation: str, *numbers: str, **body: Any) -> Any:
    """The answer to an operation on numbers, as an administrator."""
    return post(f"/operations/{operation}", {"numbers": list(numbers)} | body)
