"""One cycle at scale, ours beside the straightforward reference: ``python -m benchmarks.cycle``.

Both start from the same inventory and the same landed list, on one embedded PostgreSQL, and take
turns; of each step the best round counts. This machine is not alone: read the ratio.
"""

import argparse
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from unittest import mock

from sqlalchemy import Connection, text

from benchmarks import reference
from benchmarks.dataset import FILL, SCALES, Scale, after, before, pages
from benchmarks.timing import Timing
from include.inventory import audits, database, plans, releases, schema, snapshots, timeline
from include.inventory.connections import ConnectionConfig, register
from include.inventory.events import Actor
from include.inventory.snapshots import Snapshot

FIRST = datetime(2026, 11, 1, 2, tzinfo=UTC)
SECOND = FIRST + timedelta(days=1)
CONFIG = ConnectionConfig(name="bench", conn_id="bench", hierarchy="sys.hcs.acme")
ME = Actor("benchmark")
ROUNDS = 3
TARGET = 0.7
CYCLE = ("stage", "observe", "plan", "apply")

Result = tuple[Timing, float]


def prepare(address: str, scale: Scale, storage: Path) -> None:
    """The inventory as the first list left it, on both sides, and the second list landed."""
    with database.transaction(address) as db:
        schema.upgrade(db)
        register(db, [CONFIG])
        db.execute(text(FILL.format(table="numbers.number", last=scale.numbers - 1)))
        reference.prepare(db, scale, FIRST)
    first = snapshots.land(storage, CONFIG, FIRST, pages(before(scale)))
    snapshots.land(storage, CONFIG, SECOND, pages(after(scale)))
    with database.transaction(address) as db:
        ours(db, first, Timing())


def vacuum(address: str) -> None:
    """What autovacuum does between two cycles."""
    engine = database.engine(address).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        for name in ("number", "presence"):
            db.execute(text(f"VACUUM ANALYZE numbers.{name}"))
            db.execute(text(f"VACUUM ANALYZE reference.{name}"))
    engine.dispose()


def ours(db: Connection, snapshot: Snapshot, timing: Timing) -> None:
    """Lay a list in and bring the inventory up to it."""
    stage = timeline.stage

    def timed(*given: object) -> None:
        with timing("stage"):
            stage(*given)  # type: ignore[arg-type]

    with mock.patch.object(timeline, "stage", timed), timing("observe"):
        timeline.observe(db, snapshot)
    timing["observe"] -= timing["stage"]
    with timing("plan"):
        plan = plans.compute(db, CONFIG.name)
    with timing("apply"):
        done = plans.apply(db, plan.plan, actor=ME)
    if done.withheld or plan.findings or done.changed != plan.changes:
        raise RuntimeError(f"The cycle was to be applied in full: {plan}, {done}")


def theirs(db: Connection, snapshot: Snapshot, timing: Timing) -> None:
    """The same, the straightforward way."""
    reference.cycle(db, snapshot, SECOND, timing)


def second(storage: Path) -> Snapshot:
    """The second list, as prepare landed it."""
    snapshot = snapshots.landed(storage, CONFIG.name, SECOND)
    if snapshot is None:
        raise RuntimeError("The second list has not been landed")
    return snapshot


def tried(
    address: str, storage: Path, cycle: Callable[[Connection, Snapshot, Timing], None]
) -> Result:
    """One round, taken back: seconds by step, and the peak memory of this process in MB."""
    snapshot = second(storage)
    timing = Timing()
    with database.transaction(address) as db:
        cycle(db, snapshot, timing)
        db.rollback()
    return timing, _peak()


def finished(address: str, storage: Path) -> Result:
    """Our cycle for good, then the release and the audit."""
    snapshot = second(storage)
    timing = Timing()
    with database.transaction(address) as db:
        ours(db, snapshot, timing)
    with timing("release"), database.transaction(address) as db:
        releases.release(db, as_of=SECOND, actor=ME)
    with timing("audit"), database.transaction(address, isolation="REPEATABLE READ") as db:
        audit = audits.audit(db, as_of=SECOND, actor=ME)
    if not audit.success:
        raise RuntimeError(f"The audit was to pass: {audit}")
    return timing, _peak()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process(work: Callable[[], Result]) -> Result:
    """Run it in a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work).result()


def best(rounds: list[Result]) -> Result:
    """Of each step the fastest round, and the highest memory."""
    steps = rounds[0][0]
    fastest = Timing({step: min(timing[step] for timing, _ in rounds) for step in steps})
    return fastest, max(memory for _, memory in rounds)


def measure(scale: Scale, home: Path) -> float:
    """Prepare, take turns, print the table; return the ratio of ours to the reference."""
    address = database.embedded_url("bench")
    print(f"Preparing {scale.numbers:,} numbers, {scale.registered:,} registered …", flush=True)
    prepare(address, scale, home)
    rounds: dict[str, list[Result]] = {"ours": [], "theirs": []}
    for _ in range(ROUNDS):
        for name, cycle in (("theirs", theirs), ("ours", ours)):
            vacuum(address)
            rounds[name].append(in_a_process(partial(tried, address, home, cycle)))
    vacuum(address)
    last = in_a_process(partial(finished, address, home))
    mine, other = best(rounds["ours"]), best(rounds["theirs"])
    mine[0].update({step: last[0][step] for step in ("release", "audit")})
    return report(mine, other, last[1])


def report(mine: Result, other: Result, audit_memory: float) -> float:
    """Print seconds and memory by step; return the ratio."""
    print(f"{'step':<10}{'ours s':>10}{'reference s':>14}")
    for step, seconds in mine[0].items():
        reference_seconds = other[0].get(step)
        shown = "" if reference_seconds is None else f"{reference_seconds:.2f}"
        print(f"{step:<10}{seconds:>10.2f}{shown:>14}")
    ours_total = sum(mine[0][step] for step in CYCLE)
    their_total = sum(other[0][step] for step in CYCLE)
    print(f"{'cycle':<10}{ours_total:>10.2f}{their_total:>14.2f}")
    print(f"{'peak MB':<10}{mine[1]:>10.0f}{other[1]:>14.0f}   (with the audit {audit_memory:.0f})")
    ratio = ours_total / their_total
    print(f"ratio {ratio:.2f}, to be at most {TARGET}")
    return ratio


def main() -> int:
    """Measure at a scale; 1 where the ratio is above the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", choices=SCALES, default="small")
    scale = SCALES[parser.parse_args().scale]
    with tempfile.TemporaryDirectory(prefix="number-inventory-bench-") as folder:
        os.environ["NUMBER_INVENTORY_HOME"] = folder
        ratio = measure(scale, Path(folder))
    return int(ratio > TARGET)


if __name__ == "__main__":
    sys.exit(main())
