"""The steps of the pipeline that are killed, what happens before them, and what is compared."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine.interfaces import IsolationLevel

from include.inventory import (
    audits,
    database,
    decisions,
    expectations,
    imports,
    operations,
    plans,
    pools,
    purges,
    releases,
    sheets,
    snapshots,
    timeline,
)
from include.inventory.events import Actor
from tests.integration import victims
from tests.integration.factories import (
    NOON,
    SITE,
    a_connection,
    a_cooling_number,
    a_node,
    a_number,
    chosen,
    landed,
)
from tests.integration.victims import Boundary

DAY = timedelta(days=1)
ME = Actor("killed")
DEPOT = "sys.hcs.depot"
OTHERS = [f"+4420794602{digit:02}" for digit in range(20)]
# In the order of the days. On the second, two numbers vanish, one is new and one was available;
# on the third, one of those that vanished is back. The depot goes dark on the second.
LISTS = {
    "lab": [
        [*OTHERS, "1001", "1003"],
        [*OTHERS, "1002", "2001"],
        [*OTHERS, "1001", "1002", "2001", "2002"],
    ],
    "depot": [[f"50{digit:02}" for digit in range(12)], []],
}


@dataclass(frozen=True)
class Step:
    """A step of the pipeline: what happens before it, and what it does in its transaction.

    ``again`` is what doing it once more does after it is done: it is "refused", or leaves the state
    "unchanged", or starts "more".
    """

    prepare: Callable[[Connection, Path], Any]
    run: Callable[[Connection, Path], Any]
    again: str = "unchanged"
    isolation: IsolationLevel = "READ COMMITTED"


def list_of(name: str, day: int, storage: Path) -> snapshots.Snapshot:
    """The landed list of a connection for a day, counted from 0."""
    found = snapshots.landed(storage, name, NOON + day * DAY)
    assert found is not None
    return found


def observe(name: str, day: int) -> Callable[[Connection, Path], Any]:
    return lambda db, storage: timeline.observe(db, list_of(name, day, storage))


def inventory(db: Connection, storage: Path) -> None:
    """The first list of the lab is applied; others have numbers that nobody has, two of them due.

    All lists are landed.
    """
    a_node(db, SITE)
    a_node(db, DEPOT)
    for number in range(2001, 2011):
        a_number(db, str(number))
    a_cooling_number(db, "4001", until=NOON)
    a_number(db, "4002", status="Reserved", release_date=NOON)
    connected(db, "lab", "sys.hcs.acme", storage)


def connected(db: Connection, name: str, hierarchy: str, storage: Path) -> None:
    """All lists of a connection are landed, and the first is applied."""
    config = a_connection(db, name, hierarchy=hierarchy)
    for day, users in enumerate(LISTS[name]):
        landed(config, NOON + day * DAY, users, storage=storage)
    observe(name, 0)(db, storage)
    plans.apply(db, plans.compute(db, name).plan, actor=ME)


def a_day_later(db: Connection, storage: Path) -> None:
    """The lab has been read again, and nothing has been made of it."""
    inventory(db, storage)
    observe("lab", 1)(db, storage)


def both_a_day_later(db: Connection, storage: Path) -> None:
    """There is a depot as well, and both have been read again, and nothing is made of it."""
    inventory(db, storage)
    connected(db, "depot", DEPOT, storage)
    observe("lab", 1)(db, storage)
    observe("depot", 1)(db, storage)


def two_days_later(db: Connection, storage: Path) -> None:
    """The list of the second day has not arrived, that of the third has a plan."""
    inventory(db, storage)
    observe("lab", 2)(db, storage)
    plans.compute(db, "lab")


def planned(db: Connection, storage: Path) -> None:
    """A day later there are plans: that of the depot is withheld."""
    both_a_day_later(db, storage)
    plans.compute(db, "depot")
    plans.compute(db, "lab")


def proposed(db: Connection, storage: Path) -> None:
    """A day later somebody has proposed to purge the depot."""
    planned(db, storage)
    propose(db, storage)


def drifted(db: Connection, storage: Path) -> None:
    """Somebody has changed the inventory behind our back."""
    inventory(db, storage)
    db.execute(text("UPDATE numbers.number SET usage = 'User' WHERE internal_number LIKE '+%1'"))
    db.execute(text("DELETE FROM numbers.number WHERE internal_number LIKE '+%3'"))


def with_a_file(db: Connection, storage: Path) -> None:
    """There is a file of numbers at a node that is to be made."""
    inventory(db, storage)
    rows = "\n".join(f"{number},{SITE}.floor,a desk" for number in range(6001, 6101))
    content = f"internal_number,hierarchy,description\n{rows}\n"
    (storage / "numbers.csv").write_text(content, encoding="utf-8")


def plan_of(db: Connection, name: str) -> int:
    """The newest plan of a connection."""
    found = text(
        "SELECT max(plan_id) FROM numbers.plan INNER JOIN numbers.connection USING (connection_id) "
        "WHERE name = :name"
    )
    return int(db.execute(found, {"name": name}).scalar_one())


def apply(db: Connection, _: Path) -> Any:
    return plans.apply(db, plan_of(db, "lab"), actor=ME)


def release(db: Connection, _: Path) -> Any:
    return releases.release(db, as_of=NOON + DAY, actor=ME)


def decide(decision: Callable[..., Any]) -> Callable[[Connection, Path], Any]:
    """A decision on the newest plan of the depot, an hour after its last list."""
    return lambda db, _: decision(
        db, plan_of(db, "depot"), reason="it moved", as_of=NOON + DAY + DAY / 24, actor=ME
    )


def propose(db: Connection, _: Path) -> Any:
    return purges.propose(db, "depot", as_of=NOON + DAY + DAY / 48)


def import_in_blocks(db: Connection, storage: Path) -> Any:
    with patch.object(sheets, "BLOCK", 1000):
        return imports.import_file(
            db, storage / "numbers.csv", actor=ME, as_of=NOON, make_nodes=True
        )


def audit(db: Connection, _: Path) -> Any:
    return audits.audit(db, as_of=NOON + DAY, actor=ME)


def audit_unjudged(db: Connection, storage: Path) -> Any:
    """An audit whose facts nobody judges: to load Great Expectations takes seconds each time."""
    with patch.object(expectations, "judge", lambda *_: {"results": []}):
        return audit(db, storage)


def a_run(db: Connection, _: Path) -> Any:
    """Three consecutive numbers; the first run that looks free is not: a device had one of it."""
    wish = pools.Wish(3, consecutive=True)
    holder = pools.Holder("Microsoft", subscriber="ann")
    return pools.next_available(db, chosen(hierarchy=SITE, as_of=NOON + DAY), wish, holder=holder)


PEOPLE = chosen("2005-2007", hierarchy=SITE, as_of=NOON + DAY)
STEPS = {
    "observe": Step(a_day_later, observe("lab", 2), "more"),
    "observe a late list": Step(two_days_later, observe("lab", 1)),
    "plan": Step(both_a_day_later, lambda db, _: plans.compute(db, "lab"), "more"),
    "apply": Step(planned, apply),
    "approve": Step(planned, decide(decisions.approve), "refused"),
    "reject": Step(planned, decide(decisions.reject), "refused"),
    "release": Step(a_day_later, release),
    "propose a purge": Step(planned, propose, "more"),
    "purge": Step(proposed, decide(decisions.approve), "refused"),
    "audit": Step(drifted, audit_unjudged, isolation="REPEATABLE READ"),
    "import": Step(with_a_file, import_in_blocks),
    "add": Step(inventory, lambda db, _: operations.add(db, chosen("7001-7009", hierarchy=SITE))),
    "assign": Step(
        a_day_later, lambda db, _: operations.assign(db, PEOPLE, vendor="Microsoft"), "refused"
    ),
    "move": Step(
        inventory, lambda db, _: operations.move(db, PEOPLE, to_hierarchy=DEPOT), "refused"
    ),
    "next available": Step(inventory, a_run, "more"),
}
# When a row was written, and as which one of those that were written with it, says nothing of it.
CLOCKS = ["applied_at", "computed_at", "created_at", "observed_at", "recorded_at", "set_at"]
ORDER = ["change_id", "event_id", "number_id"]

State = list[tuple[str, str]]


def state(db: Connection, *, written: bool = True) -> State:
    """Every row of every table of the inventory, with or without when it was written."""
    tables = db.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'numbers'"))
    rows = " UNION ALL ".join(
        f"SELECT '{name}' AS name, CAST(to_jsonb(t) - CAST(:dropped AS text[]) AS text) AS content "
        f"FROM numbers.{name} AS t"
        for name in tables.scalars()
    )
    dropped = {"dropped": [] if written else CLOCKS + ORDER}
    found = db.execute(text(f"SELECT * FROM ({rows}) AS r ORDER BY name, content"), dropped)
    return [(row.name, row.content) for row in found]


@dataclass(frozen=True)
class Place:
    """A database that processes die on."""

    engine: Engine
    address: str
    storage: Path

    def state(self, *, written: bool = True) -> State:
        with database.begun(self.engine, reading=True) as db:
            return state(db, written=written)

    def alone(self) -> None:
        """Wait until the server has noticed that the others are dead."""
        others = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with database.begun(self.engine) as db:
                if not db.execute(others).scalar_one():
                    return
            time.sleep(0.001)
        raise AssertionError("Somebody is still connected")

    def tried(self, step: Step) -> State:
        """What a step would leave; it is taken back."""
        counters = self.counters()
        options = self.engine.execution_options(isolation_level=step.isolation)
        with options.connect() as db:
            step.run(db, self.storage)
            after = state(db, written=False)
        self.count_from(counters)
        return after

    def counters(self) -> dict[str, int | None]:
        """Where the ids of each table have got to; no transaction that dies takes that back."""
        found = text(
            "SELECT CAST(format('%I.%I', schemaname, sequencename) AS text) AS name, last_value "
            "FROM pg_sequences WHERE schemaname = 'numbers'"
        )
        with database.begun(self.engine) as db:
            return {row.name: row.last_value for row in db.execute(found)}

    def count_from(self, counters: dict[str, int | None]) -> None:
        """Count ids from there again, so that a retry is told from another run by what it does."""
        back = text(
            "SELECT setval(CAST(s.name AS regclass), coalesce(s.value, 1), s.value IS NOT NULL) "
            "FROM unnest(CAST(:names AS text[]), CAST(:values AS bigint[])) AS s (name, value)"
        )
        with database.begun(self.engine) as db:
            db.execute(back, {"names": list(counters), "values": list(counters.values())})

    def killed(self, name: str, number: int) -> str:
        """Kill a step at a boundary; where that was."""
        where = victims.killed(step_dies, name, self.address, self.storage, at=number)
        self.alone()
        return where


def step_dies(boundary: Boundary, name: str, address: str, storage: Path) -> None:
    """Run a step in its transaction, telling each boundary."""
    step = STEPS[name]
    with (
        victims.statements(boundary),
        database.transaction(address, isolation=step.isolation) as db,
    ):
        step.run(db, storage)
    boundary("after the end")
