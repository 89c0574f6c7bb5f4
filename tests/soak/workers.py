"""What each process does, over and over: syncs, releases, audits, imports, decisions, people."""

import csv
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier, Event, Lock
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from sqlalchemy import Connection

from include.inventory import (
    audits,
    database,
    decisions,
    guards,
    hierarchies,
    imports,
    macros,
    operations,
    plans,
    pools,
    purges,
    releases,
    snapshots,
    timeline,
)
from include.inventory.errors import Interrupted, NotFound, Refused
from include.inventory.events import Actor
from include.inventory.operations import Outcome
from include.inventory.selections import Selection
from tests.integration.factories import NOON
from tests.soak import truth

Result = TypeVar("Result")
# What each of the processes does how often; after the last, it begins again with people.
ROLES = (
    {"sync": 8, "phones": 3, "people": 1},
    {"release": 6, "audit": 1, "decide": 6, "purge": 1, "sync": 3, "phones": 1},
    {"people": 1},
    {"import": 3, "macro": 1, "node": 2, "people": 3},
    {"sync": 8, "phones": 3, "release": 1},
    {"people": 1},
    {"people": 6, "sync": 1},
)
PEOPLE = {"people": 1}
PIPELINE = ("observe", "plan", "apply", "release", "audit", "approve", "reject", "propose", "purge")
# Rules that nothing at all may break, whatever goes on beside the audit.
ALWAYS = (
    "audiocodes_is_used_by_device",
    "cooling_has_tag_and_release_date",
    "available_is_blank",
    "status_is_known",
    "numbers_are_unique",
)


@dataclass
class Shared:
    """What the processes have in common: the database, the simulated hours, when to stop."""

    address: str
    hours: Any
    reading: dict[str, Lock]
    syncing: dict[str, Lock]
    stop: Event
    ready: Barrier
    seconds: float

    def now(self) -> datetime:
        """The simulated instant; an hour and more pass with each list."""
        return NOON + timedelta(hours=self.hours.value)

    def begin(self) -> float:
        """Wait until every process is there; until when they work."""
        self.ready.wait(timeout=120)
        return time.monotonic() + self.seconds

    def later(self, hours: float) -> datetime:
        """The instant that comes next, which no other list has."""
        with self.hours.get_lock():
            self.hours.value += hours
            return self.now()


@dataclass
class Report:
    """What a process has done: by kind, how often it was committed, refused, and done again."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)
    told: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    victims: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


class Worker:
    """One process: its connections, its dice, and what it has done."""

    def __init__(self, number: int, seed: int, shared: Shared) -> None:
        self.number, self.shared = number, shared
        self.random = Random(f"{seed} {number}")
        self.engine = database.engine(shared.address)
        self.role = ROLES[number] if number < len(ROLES) else PEOPLE
        self.report = Report()
        self.delayed: list[snapshots.Snapshot] = []
        self.laid: list[snapshots.Snapshot] = []
        self.count = 0

    def run(self) -> Report:
        """Work until time is over or something went wrong."""
        deeds: dict[str, Callable[[], None]] = {
            "sync": self.sync,
            "phones": self.phones,
            "release": self.release,
            "audit": self.audit,
            "decide": self.decide,
            "purge": self.purge,
            "import": self.import_numbers,
            "macro": self.macro,
            "node": self.node,
            "people": self.people,
        }
        names, until = list(self.role), self.shared.begin()
        while time.monotonic() < until and not self.shared.stop.is_set():
            [name] = self.random.choices(names, list(self.role.values()))
            deeds[name]()
        self.engine.dispose()
        return self.report

    def transact(
        self, kind: str, work: Callable[[Connection], Result], isolation: Any = "READ COMMITTED"
    ) -> Result | None:
        """What one transaction returns; None where it was refused."""

        @database.repeated
        def once() -> Result:
            try:
                with database.begun(self.engine, isolation=isolation) as db:
                    return work(db)
            except Interrupted as error:
                self.interrupted(kind, error)
                raise

        try:
            done = once()
        except (Refused, NotFound) as error:
            self.report.refused[kind] += 1
            if kind in PIPELINE:
                self.report.reasons[f"{kind}: {re.sub('[0-9].*', '…', str(error))}"] += 1
            return None
        self.report.done[kind] += 1
        return done

    def interrupted(self, kind: str, error: Interrupted) -> None:
        """Count what a transaction is done again for, by its SQLSTATE."""
        cause = getattr(error.__cause__, "orig", None)
        self.report.again[getattr(cause, "sqlstate", None) or "judged anew"] += 1
        if cause is not None:
            told = f"{kind}: {cause.diag.message_primary}; {cause.diag.context}"
            self.report.victims[" ".join(told.split())] += 1

    def actor(self) -> Actor:
        """Somebody who does one thing only."""
        self.count += 1
        return Actor(f"soak {self.number}.{self.count}")

    # The pipeline

    def sync(self) -> None:
        """A list is read and laid in, true or faulty, at once or late; mostly with its plan."""
        name = self.random.choices(list(truth.CONNECTIONS), (5, 5, 2))[0]
        snapshot = self.read(name)
        if self.random.random() < 0.1:
            self.delayed.append(snapshot)
            return
        self.align(snapshot)
        if self.delayed and self.random.random() < 0.3:
            self.align(self.delayed.pop(0))
        if self.laid and self.random.random() < 0.05:
            self.align(self.random.choice(self.laid))

    def read(self, name: str) -> snapshots.Snapshot:
        """A list of what is registered now. Of one connection, one list is read at a time."""
        fault = self.random.choice(truth.FAULTS) if self.random.random() < 0.15 else None
        dark = {"empty": 3, "dark": 1, "two dark": 2}.get(fault or "", 0)
        with self.shared.reading[name], database.begun(self.engine) as db:
            as_of = self.shared.later(self.random.choice((0.5, 1, 3, 7)))
            return truth.capture(
                db,
                name,
                as_of,
                dark=self.random.sample(truth.SBCS, dark),
                stale=self.random.random() < 0.1,
            )

    def align(self, snapshot: snapshots.Snapshot) -> None:
        """Observe, plan, apply: one run of a connection at a time, or a second one by hand."""
        turn = self.shared.syncing[snapshot.connection]
        with nullcontext() if self.random.random() < 0.05 else turn:
            self.steps(snapshot)

    def steps(self, snapshot: snapshots.Snapshot) -> None:
        observed = self.transact("observe", lambda db: timeline.observe(db, snapshot))
        self.laid = [*self.laid[-20:], snapshot]
        if observed is None or not observed.newest or self.random.random() < 0.15:
            return
        plan = self.transact("plan", lambda db: plans.compute(db, snapshot.connection))
        if plan is not None:
            self.transact("apply", lambda db: plans.apply(db, plan.plan, actor=Actor("a sync")))

    def phones(self) -> None:
        """Phones come and go; now and then, all of an SBC go, and later come back."""
        name, dice = self.random.choice("AB"), self.random.random()
        with database.begun(self.engine) as db:
            if dice < 0.05:
                truth.go(db, name, truth.PHONES, [self.random.choice(truth.SBCS)])
            elif dice < 0.5:
                truth.go(db, name, self.random.randrange(5))
            else:
                truth.come(db, name, self.random, self.random.randrange(8))

    def release(self) -> None:
        as_of, actor = self.shared.now(), Actor("a release")
        self.transact("release", lambda db: releases.release(db, as_of=as_of, actor=actor))

    def audit(self) -> None:
        def work(db: Connection) -> audits.Audit:
            return audits.audit(db, as_of=self.shared.now(), actor=Actor("an audit"))

        found = self.transact("audit", work, "REPEATABLE READ")
        for rule in () if found is None else found.rules:
            if rule.name in ALWAYS and rule.left:
                self.fault(f"the audit finds {rule.name}: {rule.left}")

    def decide(self) -> None:
        """A person looks at a hold, and approves only what is true: that the phones have gone."""
        with database.begun(self.engine, reading=True) as db:
            held = [hold.plan for hold in guards.holds(db) if hold.plan is not None]
            if not held:
                return
            plan = self.random.choice(held)
            numbers = [row["internal_number"] for row in plans.changes(db, plan, status="withheld")]
            gone = truth.are_gone(db, numbers)
        why = {"reason": "asked at the site", "as_of": self.shared.now(), "actor": Actor("Ann")}
        if gone:
            self.transact("approve", lambda db: decisions.approve(db, plan, **why))
        elif self.random.random() < 0.2:
            self.transact("reject", lambda db: decisions.reject(db, plan, **why))

    def purge(self) -> None:
        """C is switched off, purged, and later comes back with other phones."""
        with self.shared.reading["C"]:
            with database.begun(self.engine) as db:
                truth.go(db, "C", truth.PHONES)
            as_of, actor = self.shared.later(1), Actor("Ann")
            plan = self.transact("propose", lambda db: purges.propose(db, "C", as_of=as_of))
            if plan is not None:
                why = {"reason": "it is gone", "as_of": as_of, "actor": actor}
                self.transact("purge", lambda db: decisions.approve(db, plan.plan, **why))
            self.shared.later(self.random.choice((1, 60)))
            with database.begun(self.engine) as db:
                truth.come(db, "C", self.random, truth.PHONES // 2)

    # People

    def import_numbers(self) -> None:
        """A file with numbers, some of which are there; a part of it, or nothing where they are."""
        rows = [
            (number, self.random.choice(truth.NODES), *self.random.choice(IMPORTED))
            for number in self.random.sample(truth.DIGITS, self.random.randrange(1, 30))
        ]
        actor, as_of = self.actor(), self.shared.now()
        partial = self.random.random() < 0.8
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "numbers.csv"
            with path.open("w", newline="") as file:
                csv.writer(file).writerows([("internal_number", "hierarchy", *STATE), *rows])
            done = self.transact(
                "import",
                lambda db: imports.import_file(db, path, actor=actor, as_of=as_of, partial=partial),
            )
        self.tell(actor, "import", 0 if done is None else done.imported)

    def macro(self) -> None:
        name, values = self.random.choice(
            [
                ("audiocodes_cooling_duration", (0, 1, 2, 3)),
                ("number_inventory_cooling_enabled", (0, 1)),
                ("number_inventory_cooling_duration_days", (0, 1, 5)),
            ]
        )
        value, node = self.random.choice(values), self.random.choice(truth.NODES)
        self.transact(
            "macro",
            lambda db: macros.set_value(
                db, name, value, hierarchy=node, set_by="Ann", valid_from=self.shared.now()
            ),
        )

    def node(self) -> None:
        """A node below a site comes and goes, with numbers at it or without."""
        node = f"{self.random.choice(truth.NODES[1:])}.{self.random.choice(('east', 'west'))}"
        if self.random.random() < 0.5:
            self.transact("node", lambda db: hierarchies.add(db, node, actor=Actor("Ann")))
        else:
            self.transact("node", lambda db: hierarchies.delete(db, node))

    def people(self) -> None:
        """Somebody does something with some numbers, in any order; what cannot be is refused."""
        some = self.random.choice((1, 3, 8, 8, 60))
        first = self.random.randrange(len(truth.DIGITS) - 60)
        numbers = self.random.sample(truth.DIGITS[first : first + 60], some)
        each, node = self.random.random() < 0.8, self.random.choice(truth.NODES)
        if self.random.random() < 0.2:
            node = f"{self.random.choice(truth.NODES[1:])}.{self.random.choice(('east', 'west'))}"
        actor = self.actor()
        chosen = Selection(numbers, truth.ACME, self.shared.now(), actor, per_item=each)
        name, deed = self.random.choice(self.deeds(chosen, node, actor))
        done = self.transact(name, deed)
        which = None
        if name == "next available":
            which = [] if done is None else [item.internal_number for item in done.items]
        elif done is not None and each and name != "add":
            which = [one.internal_number for one in done.items if one.outcome == "changed"]
        self.tell(actor, name, 0 if done is None else done.changed, which)

    def deeds(
        self, chosen: Selection, node: str, actor: Actor
    ) -> list[tuple[str, Callable[[Connection], Outcome]]]:
        """Everything that people can do with some numbers, or at a node."""
        here = Selection(chosen.numbers, node, chosen.as_of, actor)
        holder = self.random.choice((None, None, pools.Holder("Zoom", "User", "bob")))
        wish = pools.Wish(
            count=self.random.randrange(1, 6),
            consecutive=self.random.random() < 0.2,
            below=self.random.random() < 0.5,
        )
        days = self.random.choice((None, 0, 1))
        return [
            ("assign", lambda db: operations.assign(db, chosen, vendor="Zoom", subscriber="bob")),
            ("unassign", lambda db: operations.unassign(db, chosen)),
            ("unassign", lambda db: operations.unassign(db, chosen)),
            ("mark utility", lambda db: operations.mark_utility(db, chosen, usage="Hunt_Pilot")),
            ("reserve", lambda db: operations.reserve(db, chosen, days=days)),
            ("unreserve", lambda db: operations.unreserve(db, chosen)),
            ("cool", lambda db: operations.cool(db, chosen, days=days)),
            ("end cooling", lambda db: operations.end_cooling(db, chosen)),
            ("move", lambda db: operations.move(db, chosen, to_hierarchy=node)),
            ("delete", lambda db: operations.delete(db, chosen)),
            ("add", lambda db: operations.add(db, here)),
            ("edit", lambda db: operations.edit(db, chosen, {"extra1": actor.name})),
            ("next available", lambda db: pools.next_available(db, here, wish, holder=holder)),
            ("next available", lambda db: pools.next_available(db, here, wish, holder=holder)),
        ]

    def tell(self, actor: Actor, kind: str, changed: int, which: list[str] | None = None) -> None:
        self.report.told.append(
            {"actor": actor.name, "kind": kind, "changed": changed, "which": which}
        )

    def fault(self, what: str) -> None:
        self.report.faults.append(what)
        self.shared.stop.set()


STATE = ("status", "usage", "vendor")
IMPORTED = (("Available", "", ""), ("Available", "", ""), ("Used", "User", "Zoom"))
