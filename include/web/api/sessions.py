"""A transaction on the inventory for one request: as whom, and limited to which node."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache

from sqlalchemy import Connection, Engine

from include.inventory import database, limits
from include.inventory.connections import at_or_below
from include.inventory.events import Actor
from include.orchestration import inventory
from include.web.api.problems import Problem

# How long the answer of Airflow's connection is kept: to ask for it takes longer than a number.
KEPT = 30


@dataclass(frozen=True)
class Session:
    """A transaction, the user whose it is, and the node that the user is limited to, if any."""

    db: Connection
    username: str
    limit: str | None

    @property
    def actor(self) -> Actor:
        """Who the events say it was."""
        return Actor(f"api:{self.username}")

    def sees(self, hierarchy: str | None) -> bool:
        """True where a node is one that the user may see."""
        return self.limit is None or (hierarchy is not None and at_or_below(hierarchy, self.limit))

    def within(self, hierarchy: str | None) -> str | None:
        """The node to look at and below: the one asked for, or that of the limit where none is."""
        if hierarchy is None:
            return self.limit
        self.check(hierarchy)
        return hierarchy

    def check(self, *hierarchies: str | None) -> None:
        """Nothing, where the user may see every node; else 403. None is no node."""
        for hierarchy in hierarchies:
            if hierarchy is not None and not self.sees(hierarchy):
                raise outside(f"You see what is at {self.limit} and below it, not {hierarchy}")


def outside(detail: str) -> Problem:
    """What to say of something outside the limit of a user."""
    return Problem(403, "outside-limit", "It is outside of your part of the hierarchy", detail)


@contextmanager
def reading(username: str) -> Iterator[Session]:
    """A transaction that sees the inventory as it is at one instant, and changes nothing."""
    with database.begun(engine(), isolation="REPEATABLE READ", reading=True) as db:
        yield Session(db, username, limits.of(db, username))


@contextmanager
def writing(username: str) -> Iterator[Session]:
    """A transaction that is committed at the end, and taken back on any error."""
    with database.begun(engine()) as db:
        yield Session(db, username, limits.of(db, username))


def engine() -> Engine:
    """The engine of the inventory that Airflow's connection names, or the environment."""
    named = _connection(int(time.monotonic() // KEPT)) or os.environ.get("NUMBER_INVENTORY_DB")
    return database.pooled(named or _embedded())


@lru_cache(maxsize=1)
def _connection(_now: int) -> str | None:
    return inventory.address()


@cache
def _embedded() -> str:
    return database.embedded_url(database.DATABASE)
