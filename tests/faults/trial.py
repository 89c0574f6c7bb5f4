"""One case tried from end to end: what the client makes of it, and what the inventory does then.

A list is read and laid in on day 0. Then the fault is there, on days 1 and 3, and the numbers that
would have cooled for two days would be released on day 4. On day 5 the source is well again: what
was held is held no more, and every number is where it was. Nothing live is freed on day 8 either.
"""

import hashlib
import re
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from include.arm import ArmError, ArmSettings, SbcSettings
from include.arm.records import read as read_file
from include.inventory import connections, decisions, guards, plans, releases, syncs, timeline
from include.inventory.connections import ConnectionConfig
from include.inventory.events import Actor
from include.inventory.snapshots import Snapshot
from include.simulator.faults import Fault
from include.simulator.population import SITES, Population
from include.simulator.sbc import running_sbc
from include.simulator.script import Event, Script
from include.simulator.server import Served, Simulator, running
from tests.faults.scenarios import MOST_ANSWERS, Case, Expected, expected

DAY_0 = datetime(2026, 11, 2, 2, tzinfo=UTC)
PEOPLE = Population(users=60, nodes=3, sites=(SITES[0],), one_extension_in=10, one_name_in=29)
GONE_STALE = PEOPLE.home(np.arange(PEOPLE.users)) == PEOPLE.nodes - 1
ROBOT = Actor("trial")
QUICK = {"slow_drip": {"pause": 0.05}, "huge_page": {"padding": 2 << 20}}


@dataclass
class Outcome:
    """What came of a case: how each read ended, what was asked, and what was freed."""

    case: Case
    endings: list[str] = field(default_factory=list)
    errors: list[ArmError] = field(default_factory=list)
    slept: list[list[float]] = field(default_factory=list)
    asked: list[dict[int, int]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    freed: int = -1
    seconds: float = 0.0

    @property
    def survived(self) -> bool:
        """Whether everything was as it must be, and nothing live was freed."""
        return not self.complaints and self.freed == 0


def config(case: Case) -> ConnectionConfig:
    """A connection whose nodes are a site each; with a witness, every node is cross-checked."""
    return ConnectionConfig.model_validate(
        {
            "name": "arm",
            "conn_id": "arm",
            "hierarchy": "sys.acme",
            "rules": {
                "country_code": "44",
                "extension_lengths": [3, 5],
                "sites": [
                    {"node": node, "hierarchy": f"sys.acme.site{number}"}
                    for number, node in enumerate(PEOPLE.node_names)
                ],
            },
            "cross_checks": [
                {"node": node, "conn_id": node, "percent": 5}
                for node in PEOPLE.node_names
                if case.witness
            ],
        }
    )


def trial(case: Case, db: Connection, certificates: Path) -> Outcome:
    """Try the case on an inventory that is empty; the caller takes back what is done to it."""
    began = time.perf_counter()
    outcome, wanted = Outcome(case), expected(case)
    script = Script(events=_who_left(case))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        arm = stack.enter_context(
            running(
                PEOPLE,
                script,
                authentication=case.authentication,  # type: ignore[arg-type]
                clock=DAY_0,
                certificates=certificates,
            )
        )
        source = _Source(case, arm, folder, stack.enter_context(_witnesses(case, certificates)))
        _sync(db, source, DAY_0, source.land(DAY_0, {}, []))
        before = _held(db)
        for days in (1, 3):
            at = DAY_0 + timedelta(days=days)
            arm.set_clock(at)
            arm.set_fault(Fault(case.name, **QUICK.get(case.name, {})))
            _one_read(db, source, at, wanted, outcome)
            releases.release(db, as_of=at, actor=ROBOT)
        releases.release(db, as_of=DAY_0 + timedelta(days=4), actor=ROBOT)
        outcome.freed = _freed(db, arm)
        if case.name not in ("shift_insert", "shift_delete") and _held(db) < before:
            outcome.complaints.append(f"{before} numbers were held, and {_held(db)} are")
        _recover(db, source, outcome, before)
        if case.name == "lockout_after_3" and arm.application.locked:
            outcome.complaints.append("the login was locked out")
    outcome.seconds = time.perf_counter() - began
    return outcome


def _recover(db: Connection, source: "_Source", outcome: Outcome, before: int) -> None:
    """Read once more, with nothing wrong, and judge what became of the holds and the numbers."""
    if ("held" in outcome.endings) != bool(guards.holds(db)):
        outcome.complaints.append(f"it ended {outcome.endings}, with holds {guards.holds(db)}")
    at = DAY_0 + timedelta(days=5)
    source.arm.set_clock(at)
    source.arm.set_fault(None)
    slept: list[float] = []
    try:
        snapshot = source.land(at, _trusted(outcome.case, source.arm), slept)
    except ArmError as error:
        outcome.endings.append(type(error).__name__)
        outcome.complaints.append(f"it did not recover: {error}")
        return
    outcome.endings.append("held" if _sync(db, source, at, snapshot) else "whole")
    _compare(source, snapshot, outcome)
    releases.release(db, as_of=DAY_0 + timedelta(days=8), actor=ROBOT)
    left = int(GONE_STALE.sum()) if outcome.case.name == "stale_node" else 0
    if outcome.case.name == "shift_delete":
        left = 2  # a row that went between two pages, on either day
    held, holds = _held(db), guards.holds(db)
    if outcome.endings[-1] == "held":
        _approve(db, holds, at, outcome)
    elif holds:
        outcome.complaints.append(f"recovered, and still held: {holds[0].reason}")
    if held < before - left:
        outcome.complaints.append(f"recovered, {before} numbers were held, and {held} are")
    outcome.freed += _freed(db, source.arm)


def _trusted(case: Case, arm: Served) -> dict[str, Any]:
    """What an administrator has set since: a certificate that changed is looked at, and trusted."""
    if case.name != "certificate_changed":
        return {}
    served = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((arm.host, arm.port)))
    return {"ca_file": None, "fingerprint": hashlib.sha256(served).hexdigest()}


def _approve(db: Connection, holds: list[guards.Hold], at: datetime, outcome: Outcome) -> None:
    """Who is really gone goes by approval: only the users of a node that had been listed stale."""
    if outcome.case.name != "stale_node":
        outcome.complaints.append(f"recovered, and held: {holds[0].reason}")
    later = at + timedelta(hours=1)
    for hold in holds:
        if hold.plan is not None:
            decisions.approve(db, hold.plan, reason="they left", as_of=later, actor=ROBOT)


class _Source:
    """The routing manager of a case, as the pipeline reads it."""

    def __init__(
        self, case: Case, arm: Simulator, folder: Path, witnesses: dict[str, SbcSettings]
    ) -> None:
        self.arm = arm
        self.config = config(case)
        self._case = case
        self._folder = folder
        self._witnesses = witnesses

    def land(self, at: datetime, changes: dict[str, Any], slept: list[float]) -> Snapshot:
        """Read the list as it is now, and land it."""
        settings = ArmSettings(
            **{
                "host": self.arm.host,
                "port": self.arm.port,
                "login": self.arm.username,
                "password": self.arm.password,
                "ca_file": self.arm.certificate,
                "authentication": self._case.authentication,
                "paging": self._case.paging,
                "page_size": 20,
                **changes,
            }
        )

        def settings_of(conn_id: str) -> ArmSettings | SbcSettings:
            return settings if conn_id == "arm" else self._witnesses[conn_id]

        def read(land: syncs.Land) -> Snapshot:
            return syncs.live(self.config, settings_of, land, sleep=slept.append)

        return syncs.obtain(self._folder, self.config, at, read=read, now=at)


def _one_read(
    db: Connection, source: _Source, at: datetime, wanted: Expected, outcome: Outcome
) -> None:
    """Read while the fault is there, sync what came, and judge both."""
    slept: list[float] = []
    before = source.arm.requests
    try:
        snapshot = source.land(at, wanted.changes, slept)
    except ArmError as error:
        outcome.errors.append(error)
        outcome.endings.append(type(error).__name__)
    else:
        withheld = _sync(db, source, at, snapshot)
        outcome.endings.append("held" if withheld else "whole")
        if not withheld:
            _compare(source, snapshot, outcome)
    outcome.slept.append(slept)
    asked: dict[int, int] = {}
    for (_, status), times in (source.arm.requests - before).items():
        asked[status] = asked.get(status, 0) + times
    outcome.asked.append(asked)
    _judge(wanted, outcome, secret=str(wanted.changes.get("password", source.arm.password)))


def _judge(wanted: Expected, outcome: Outcome, *, secret: str) -> None:
    ending = wanted.ending if isinstance(wanted.ending, str) else wanted.ending.__name__
    said = str(outcome.errors[-1]) if outcome.errors else ""
    complaints = {
        f"it ended {outcome.endings[-1]}, not {ending}: {said}": outcome.endings[-1] == ending,
        f"it did not say {wanted.says!r}, but {said!r}": re.search(wanted.says, said),
        f"it asked {outcome.asked[-1]}": _is_as_asked(outcome.asked[-1], wanted.statuses),
        f"it slept {outcome.slept[-1]}, not {wanted.slept}": (
            wanted.slept is None or [int(pause) for pause in outcome.slept[-1]] == wanted.slept
        ),
        "it told a secret": secret not in said,
    }
    outcome.complaints += [text for text, well in complaints.items() if not well]


def _is_as_asked(asked: dict[int, int], statuses: dict[int, int]) -> bool:
    return sum(asked.values()) <= MOST_ANSWERS and all(
        asked.get(status, 0) == times if times >= 0 else 1 <= asked.get(status, 0) <= -times
        for status, times in statuses.items()
    )


def _compare(source: _Source, snapshot: Snapshot, outcome: Outcome) -> None:
    """A list must hold everybody who is really registered, and nobody else but the stale."""
    landed = {row for frame in read_file(snapshot.path) for row in frame["id"]}
    listed = {str(user["id"]) for user in source.arm.listed()}
    real = {str(user["id"]) for user in source.arm.truth()}
    if not real <= landed or landed != listed:
        outcome.complaints.append(f"{len(landed)} of {len(listed)} listed users came")


def _sync(db: Connection, source: _Source, at: datetime, snapshot: Snapshot) -> int:
    """Lay the list in, plan and apply; how many removals are withheld."""
    connections.register(db, [source.config])
    timeline.observe(db, snapshot)
    plan = plans.compute(db, source.config.name, as_of=at)
    plans.apply(db, plan.plan, actor=ROBOT)
    return sum(plan.withheld.values())


def _held(db: Connection) -> int:
    count = "SELECT count(*) FROM numbers.number WHERE status = 'Used' AND vendor = 'AudioCodes'"
    return int(db.execute(text(count)).scalar_one())


def _freed(db: Connection, arm: Served) -> int:
    """How many numbers of users who are really registered are Available, or have no row at all."""
    spelt = (str(user["user"]) for user in arm.truth())
    live = sorted({user for user in spelt if user.removeprefix("+").isdigit()})
    held = "SELECT internal_number FROM numbers.number WHERE status <> 'Available'"
    return len(set(live) - set(db.execute(text(held)).scalars()))


def _who_left(case: Case) -> tuple[Event, ...]:
    """Users of the last node who have really left, where a fault goes on listing them."""
    if case.name != "stale_node":
        return ()
    return (
        Event.model_validate(
            {
                "at": DAY_0 + timedelta(hours=1),
                "action": "leave",
                "users": np.flatnonzero(GONE_STALE),
            }
        ),
    )


@contextmanager
def _witnesses(case: Case, certificates: Path) -> Iterator[dict[str, SbcSettings]]:
    """The SBCs themselves, which know better."""
    with ExitStack() as stack:
        nodes = PEOPLE.node_names if case.witness else ()
        running_nodes = {
            node: stack.enter_context(running_sbc(PEOPLE, node, certificates=certificates))
            for node in nodes
        }
        yield {
            node: SbcSettings(
                host=sbc.host,
                port=sbc.port,
                login=sbc.username,
                password=sbc.password,
                ca_file=sbc.certificate,
            )
            for node, sbc in running_nodes.items()
        }
