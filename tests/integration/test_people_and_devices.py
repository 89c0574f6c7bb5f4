"""People and devices at once: whatever people ask for, nobody is given a number that is in use.

Phones register and leave, lists come with and without faults, plans are made or missed, and people
do everything they can with the same numbers. A number that is registered, and has been listed since
it was, is never freed, handed out, set aside, moved or deleted.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, text

from include.inventory import operations, plans, pools, releases
from include.inventory.errors import InventoryError, Refused
from include.inventory.events import Actor
from include.inventory.selections import Selection
from tests.integration.factories import NOON, a_connection, a_node, a_number, a_user, observed

NODES = ("sys.hcs.acme", "sys.hcs.acme.london", "sys.hcs.acme.paris")
DIGITS = [f"+44207946{index:04}" for index in range(60)]
PHONES = {number: f"SBC-{index % 3 + 1}" for index, number in enumerate(DIGITS)}
SYNC, PERSON = Actor("sync"), Actor("terminal:ann")
STEPS = 60
# What must not happen to a number that is in use: it is nobody's, or another one's.
AWAY = {"delete", "move", "assign", "mark utility", "reserve", "next available"}


class World:
    """What is true, and what the inventory has been told of it."""

    def __init__(self, db: Connection, seed: int) -> None:
        self.db, self.random = db, Random(seed)
        self.now = NOON
        self.registered = set(self.random.sample(DIGITS, 45))
        self.told: set[str] = set()
        self.config = a_connection(db, "A")
        self.done = {"operations": 0, "lists": 0, "faults": 0, "released": 0}

    def step(self) -> None:
        """One thing happens, some hours later."""
        self.now += timedelta(hours=self.random.choice((1, 6, 13, 30)))
        happens: list[Callable[[], None]] = [self.list_true, self.list_faulty, self.release]
        self.random.choice(happens + [self.person] * 4)()

    def list_true(self) -> None:
        gone = self.random.sample(sorted(self.registered), self.random.randrange(3))
        come = self.random.sample(DIGITS, self.random.randrange(3))
        self.registered = (self.registered - set(gone)) | set(come)
        self.told &= self.registered
        self.lists(self.registered)
        self.told = set(self.registered)

    def list_faulty(self) -> None:
        """All of the list, or all of an SBC, is missing from it."""
        dead = self.random.choice((set(PHONES.values()), {"SBC-1"}, {"SBC-2", "SBC-3"}))
        self.done["faults"] += 1
        self.lists({number for number in self.told if PHONES[number] not in dead})

    def lists(self, numbers: set[str]) -> None:
        users = [a_user(number, nodeName=PHONES[number]) for number in sorted(numbers)]
        observed(self.db, self.config, self.now, users)
        self.done["lists"] += 1
        if self.random.random() < 0.8:
            plan = plans.compute(self.db, "A")
            plans.apply(self.db, plan.plan, actor=SYNC)

    def release(self) -> None:
        done = releases.release(self.db, as_of=self.now, actor=SYNC)
        self.done["released"] += done.released

    def person(self) -> None:
        """Somebody does something with some numbers: what cannot be is refused."""
        few = self.random.sample(DIGITS, self.random.randrange(1, 9))
        chosen = Selection(
            few, "sys.hcs.acme", self.now, PERSON, per_item=self.random.random() < 0.8
        )
        node, db = self.random.choice(NODES), self.db
        deeds: list[Callable[[], Any]] = [
            lambda: operations.assign(db, chosen, vendor="Zoom", subscriber="bob"),
            lambda: operations.unassign(db, chosen),
            lambda: operations.mark_utility(db, chosen, usage="Hunt_Pilot"),
            lambda: operations.reserve(db, chosen, days=self.random.choice((None, 0, 1))),
            lambda: operations.unreserve(db, chosen),
            lambda: operations.cool(db, chosen, days=self.random.choice((None, 0, 1))),
            lambda: operations.end_cooling(db, chosen),
            lambda: operations.move(db, chosen, to_hierarchy=node),
            lambda: operations.delete(db, chosen),
            lambda: operations.add(db, Selection(few, node, self.now, PERSON)),
            lambda: operations.edit(db, chosen, {"extra1": "x"}),
            lambda: pools.next_available(
                db,
                Selection([], node, self.now, PERSON),
                pools.Wish(count=self.random.randrange(1, 4), below=self.random.random() < 0.5),
            ),
        ]
        with suppress(Refused):
            self.done["operations"] += self.random.choice(deeds)().changed

    def newest(self) -> int:
        return int(
            self.db.execute(
                text("SELECT coalesce(max(event_id), 0) FROM numbers.number_event")
            ).scalar_one()
        )

    def wronged(self, since: int, in_use: set[str]) -> list[Any]:
        """The events that took or freed a number in use."""
        found = text(
            "SELECT internal_number, cause, from_status, to_status FROM numbers.number_event "
            "WHERE event_id > :since AND internal_number = ANY(:numbers)"
        )
        rows = self.db.execute(found, {"since": since, "numbers": sorted(in_use)})
        return [
            row
            for row in rows
            if row.cause in AWAY
            or (row.to_status == "Available" and row.from_status not in (None, "Available"))
        ]


@pytest.mark.parametrize("seed", range(24))
def test_nobody_is_given_a_number_that_is_in_use(db: Connection, seed: int) -> None:
    world = World(db, seed)
    for node in NODES[1:]:
        with suppress(InventoryError):
            a_node(db, node)
    for index, number in enumerate(DIGITS[:50]):
        a_number(db, number, hierarchy=NODES[index % 3])
    world.list_true()
    for step in range(STEPS):
        before, in_use = world.newest(), set(world.told)
        world.step()
        assert world.wronged(before, in_use & world.registered) == [], (seed, step)
    assert world.done["operations"] > 5, world.done
    assert world.done["faults"] > 1, world.done
    twice = (
        "SELECT a.internal_number FROM numbers.number AS a INNER JOIN numbers.number AS b "
        "ON a.internal_number = b.internal_number AND a.number_id < b.number_id "
        "AND numbers.related(a.hierarchy, b.hierarchy)"
    )
    assert db.execute(text(twice)).all() == []
