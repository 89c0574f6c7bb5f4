"""Running the soak: processes that work, one that checks, and what came of it all."""

import time
import traceback
from collections import Counter
from dataclasses import dataclass
from multiprocessing import get_context
from random import Random
from typing import Any

from sqlalchemy import text

from include.inventory import database
from tests.soak import checks, truth
from tests.soak.workers import Report, Shared, Worker

PAUSE = 3
# A process that does not end by itself within this time hangs.
GRACE = 60
FIGURES = """
SELECT
    (SELECT count(*) FROM numbers.snapshot AS s WHERE s.kind = 'list') AS lists,
    (SELECT count(*) FROM numbers.hold) AS holds,
    (SELECT count(*) FROM numbers.number_event AS e WHERE e.cause = 'release') AS released,
    (SELECT count(*) FROM numbers.number_event AS e WHERE e.cause = ANY(:away)) AS handed_out,
    (SELECT count(*) FROM numbers.number_event) AS events
"""


@dataclass(frozen=True)
class Soaked:
    """What a soak has come to; ``faults`` are what must not be."""

    processes: int
    seconds: float
    done: Counter[str]
    refused: Counter[str]
    again: Counter[str]
    checked: int
    figures: dict[str, int]
    faults: list[str]
    victims: Counter[str]
    reasons: Counter[str]


def run(address: str, *, seconds: float, processes: int, seed: int) -> Soaked:
    """Let processes work on an empty database for some seconds, and check what they do to it."""
    with database.transaction(address) as db:
        truth.prepare(db, Random(seed))
    context = get_context("spawn")
    stop, reports = context.Event(), context.Queue()
    reading, syncing = ({name: context.Lock() for name in truth.CONNECTIONS} for _ in range(2))
    ready = context.Barrier(processes + 1)
    shared = Shared(address, context.Value("d", 0.0), reading, syncing, stop, ready, seconds)
    tasks = [(_work, number) for number in range(processes)] + [(_check, processes)]
    started = [
        context.Process(target=task, args=(number, seed, shared, reports), daemon=True)
        for task, number in tasks
    ]
    for process in started:
        process.start()
    found = [reports.get(timeout=seconds + 2 * GRACE) for _ in started]
    for process in started:
        process.join(GRACE)
    return _summed(address, processes, seconds, found)


def _work(number: int, seed: int, shared: Shared, reports: Any) -> None:
    worker = Worker(number, seed, shared)
    try:
        worker.run()
    except Exception:  # noqa: BLE001 - anything at all ends the soak
        worker.fault(f"process {number} met an error:\n{traceback.format_exc()}")
    reports.put(worker.report)


def _check(_number: int, _seed: int, shared: Shared, reports: Any) -> None:
    """Look again and again, until time is over or something is wrong."""
    report, engine = Report(), database.engine(shared.address)
    try:
        until = shared.begin()
        while time.monotonic() < until and not shared.stop.wait(PAUSE):
            with database.begun(engine, isolation="REPEATABLE READ", reading=True) as db:
                report.faults += checks.broken(db)
            report.done["check"] += 1
            if report.faults:
                shared.stop.set()
    except Exception:  # noqa: BLE001 - anything at all ends the soak
        report.faults.append(f"the checker met an error:\n{traceback.format_exc()}")
        shared.stop.set()
    engine.dispose()
    reports.put(report)


def _summed(address: str, processes: int, seconds: float, reports: list[Report]) -> Soaked:
    """The reports as one, and the last look, when nobody is at work any more."""
    names = ("done", "refused", "again", "victims", "reasons")
    done, refused, again, victims, reasons = (
        sum((getattr(report, name) for report in reports), Counter[str]()) for name in names
    )
    faults = [fault for report in reports for fault in report.faults]
    told = [one for report in reports for one in report.told]
    with database.transaction(address, isolation="REPEATABLE READ") as db:
        faults += checks.broken(db) + checks.untold(db, told)
        row = db.execute(text(FIGURES), {"away": list(checks.AWAY[:4])}).mappings().one()
    checked = done.pop("check", 0) + 1
    unique = list(dict.fromkeys(faults))
    return Soaked(
        processes, seconds, done, refused, again, checked, dict(row), unique, victims, reasons
    )
