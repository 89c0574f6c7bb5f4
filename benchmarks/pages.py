"""The pages at 5 million numbers, over HTTP: ``python -m benchmarks.pages``.

One visitor, on one connection that is kept, opens pages one after the other: milliseconds from the
request to the last byte of the HTML, percentiles in one run, and how many kilobytes the largest
page has without its charts, but with the styles and scripts that it loads, nothing compressed. What
a script fetches once the page is there is a line of its own. Server, visitor and database share
this machine.
"""

import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from random import Random
from typing import Any

import requests

from benchmarks import estate, serving
from include.inventory import database, guards, plans
from include.inventory.events import Actor
from tests import airflow_home
from tests.integration.factories import a_connection, a_user, observed

MOST_MS, MOST_KB = 100, 150
ROUNDS = 60
NODE = "sys.hcs.reseller0.customer0"
REGISTERED, GONE = 10 * estate.SITE_SIZE, 4_000  # all that is at that node
AUDITS = 13
ASSETS = ("style.css", "theme.js", "htmx.min.js", "page.js")
SCRIPT = {"HX-Request": "true"}
CHART = re.compile(rb"<svg.*?</svg>", re.DOTALL)

Query = Mapping[str, Any]
Ask = Callable[[Random, int], tuple[str, Query]]


@dataclass(frozen=True)
class Case:
    """What is opened, by its path below the pages; with the headers of a script, or none."""

    name: str
    ask: Ask
    headers: Mapping[str, str] = field(default_factory=dict)


def cases(plan: int, audit: str) -> Iterator[Case]:
    """Every page, and what is fetched while one types or scrolls."""
    number, site = estate.number, estate.site
    yield Case("overview", lambda *_: ("/", {}))
    yield Case(
        "overview, a customer", lambda _, i: ("/", {"hierarchy": site(i).rpartition(".")[0]})
    )
    yield Case("overview, a site", lambda _, i: ("/", {"hierarchy": site(i)}))
    yield Case("numbers", lambda *_: ("/numbers", {}))
    yield Case(
        "numbers, of a site and status",
        lambda random, i: (
            "/numbers",
            {"hierarchy": site(i), "status": random.choice(["Used", "Available"])},
        ),
    )
    yield Case(
        "numbers, by release date",
        lambda *_: ("/numbers", {"status": "Cooling", "sort": "release_date"}),
    )
    typing = {
        "beginning": lambda random, i: number(i)[: random.randrange(4, 13)],
        "ending": lambda random, i: f"*{number(i)[-random.randrange(3, 8) :]}",
        "AOR": lambda _, i: f"{number(i % REGISTERED)}@acme.example",
        "tag": lambda *_: "Cooling for 2",
        "subscriber": lambda _, i: f"user{i}",
    }
    for what, typed in typing.items():
        yield Case(
            f"numbers, typing: {what}",
            lambda random, i, typed=typed: ("/numbers", {"q": typed(random, i)}),
            SCRIPT,
        )
    yield Case("a number, listed", lambda _, i: (f"/numbers/{number(i % REGISTERED)}", {}))
    yield Case("a number", lambda _, i: (f"/numbers/{number(i)}", {}))
    yield Case("plans", lambda *_: ("/plans", {}))
    yield Case(f"a plan that withholds {GONE:,}", lambda *_: (f"/plans/{plan}", {}))
    yield Case(
        "its changes, further on",
        lambda random, _: (f"/plans/{plan}", {"after": random.randrange(REGISTERED)}),
        SCRIPT,
    )
    yield Case("audits", lambda *_: ("/audits", {}))
    yield Case("an audit", lambda *_: (audit, {}))
    yield Case("settings", lambda _, i: ("/settings", {"hierarchy": site(i)}))
    yield Case(
        "settings, typing a node",
        lambda _, i: ("/settings", {"find": f"customer{i % 294}"}),
        SCRIPT,
    )


def prepare(numbers: int) -> tuple[int, str]:
    """The estate with devices, a plan that withholds, and audits; the plan and the last audit."""
    airflow_home.prepare()
    serving.prepare(0)
    for _ in range(AUDITS):
        audited()
    serving.prepare(numbers)
    with database.transaction() as db:
        config = a_connection(db, hierarchy=NODE)
        users = [
            a_user(f"{estate.number(index)}@acme.example", nodeName=f"SBC-{index % 4}")
            for index in range(REGISTERED)
        ]
        now = datetime.now(UTC)
        for hours, listed in ((5, users), (3, users[GONE:])):
            observed(db, config, now - timedelta(hours=hours), listed)
            plans.apply(db, plans.compute(db, config.name).plan, actor=Actor("benchmark"))
        (hold, *_) = guards.holds(db)
    if hold.plan is None:
        raise RuntimeError("Nothing is withheld")
    return hold.plan, audited()


def audited() -> str:
    """The page of an audit that has been run, by its DAG."""
    from tests.dags.conftest import AUDIT, load

    now = datetime.now(UTC)
    with redirect_stdout(StringIO()) as log, redirect_stderr(log):
        run = load(AUDIT).test(run_after=now, logical_date=now, run_conf={"repair": False})
    return f"/audits/{AUDIT}/{run.run_id}/1"


def opened(session: requests.Session, case: Case, numbers: int) -> tuple[list[float], int]:
    """Milliseconds of each time that a page is opened, and bytes of the largest but for charts."""
    random, taken, largest = Random(case.name), [], 0
    for _ in range(ROUNDS):
        path, params = case.ask(random, random.randrange(numbers))
        begin = time.perf_counter()
        answer = session.get(serving.ROOT + path, params=params, headers=case.headers)
        taken.append((time.perf_counter() - begin) * 1000)
        answer.raise_for_status()
        largest = max(largest, len(CHART.sub(b"", answer.content)))
    return taken, largest


def measure(numbers: int, workers: int) -> bool:
    """Prepare, open everything, print the table; True where all is quick and light enough."""
    print(f"Preparing {numbers:,} numbers …", flush=True)
    plan, audit = prepare(numbers)
    with serving.running(workers) as token:
        session = serving.session(token)
        begin = time.perf_counter()
        session.get(f"{serving.ROOT}/", headers=SCRIPT).raise_for_status()
        print(f"Counted for the overview for the first time in {time.perf_counter() - begin:.1f} s")
        files = [session.get(f"{serving.ROOT}/static/{name}").content for name in ASSETS]
        assets = sum(map(len, files))
        print(f"{'':<30}{'p50 ms':>9}{'p95 ms':>9}{'at most':>9}")
        well = []
        for case in cases(plan, audit):
            taken, largest = opened(session, case, numbers)
            weight = (largest + (0 if case.headers else assets)) / 1000
            light = weight <= MOST_KB
            told = f"{weight:>4.0f} KB, at most {MOST_KB}   {'yes' if light else 'NO'}"
            well += [light, serving.told(case.name, taken, MOST_MS, told)]
    return all(well)


def main() -> int:
    """Measure; 1 where something is slower or heavier than it may be."""
    return serving.ended(measure, __doc__, workers=1)


if __name__ == "__main__":
    sys.exit(main())
