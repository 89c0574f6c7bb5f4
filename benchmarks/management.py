"""Number management at 5 million numbers, over HTTP: ``python -m benchmarks.management``.

Lists, look-ups and searches one after the other, on one connection that is kept, by a client that
does no more than it must; then the next available number for sixteen callers at once. Percentiles
of milliseconds in one run; server, clients and database share this machine.
"""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.client import OK
from multiprocessing import get_context
from random import Random
from typing import Any

from urllib3 import HTTPConnectionPool

from benchmarks import estate, serving
from benchmarks.serving import API
from include.inventory import database, pools
from include.inventory.events import Actor
from include.inventory.selections import Selection

ROUNDS = 100
CALLERS, PROCESSES, TAKEN = 16, 4, 25
STATUSES = ("Available", "Used", "Used-Utility", "Reserved", "Cooling")
VENDORS = ("AudioCodes", "Microsoft", "Webex Calling", "Zoom")

Caller = Callable[[int], list[tuple[float, str]]]
Ask = Callable[[Random, int], tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Case:
    """What is asked for, and how many milliseconds 95 of 100 answers may take at most."""

    name: str
    most: float
    ask: Ask
    pages: bool = False


def _list(**given: Callable[[Random, int], Any]) -> Ask:
    def ask(random: Random, index: int) -> tuple[str, dict[str, Any]]:
        return "/numbers", {name: value(random, index) for name, value in given.items()}

    return ask


def _node(up: int) -> Callable[[Random, int], str]:
    return lambda _, index: estate.site(index).rsplit(".", up)[0] if up else estate.site(index)


def _status(random: Random, _: int) -> str:
    return random.choice(STATUSES)


def _vendor(random: Random, _: int) -> str:
    return random.choice(VENDORS)


def _prefix(random: Random, index: int) -> str:
    return estate.number(index)[: random.randrange(6, 13)]


def _ending(random: Random, index: int) -> str:
    return estate.number(index)[-random.randrange(3, 8) :]


CASES = (
    Case("list, all", 30, _list(), pages=True),
    Case("list, status", 30, _list(status=_status), pages=True),
    Case("list, vendor", 30, _list(vendor=_vendor), pages=True),
    Case("list, site", 30, _list(hierarchy=_node(0)), pages=True),
    Case("list, site and status", 30, _list(hierarchy=_node(0), status=_status), pages=True),
    Case("list, customer and status", 30, _list(hierarchy=_node(1), status=_status), pages=True),
    Case("list, customer and vendor", 30, _list(hierarchy=_node(1), vendor=_vendor), pages=True),
    Case("list, reseller and status", 30, _list(hierarchy=_node(2), status=_status), pages=True),
    Case("list, reseller", 30, _list(hierarchy=_node(2)), pages=True),
    Case("look-up", 10, lambda _, index: (f"/numbers/{estate.number(index)}", {})),
    Case("search, prefix", 50, _list(prefix=_prefix), pages=True),
    Case("search, last digits", 50, _list(ending=_ending), pages=True),
)


def timed(client: HTTPConnectionPool, case: Case, numbers: int) -> list[float]:
    """Milliseconds of each answer: of a list, its first page and one further on."""
    random, taken = Random(case.name), []
    for _ in range(ROUNDS):
        path, params = case.ask(random, random.randrange(numbers))
        for _ in range(2 if case.pages else 1):
            begin = time.perf_counter()
            answer = client.request("GET", API + path, fields=params)
            taken.append((time.perf_counter() - begin) * 1000)
            if answer.status != OK:
                raise RuntimeError(f"{path} was answered with {answer.status}: {answer.data!r}")
            cursor = answer.json().get("next") if case.pages else None
            if not cursor:
                break
            params = params | {"cursor": cursor}
    return taken


def caller(token: str, nodes: list[str], seed: int) -> list[tuple[float, str]]:
    """One caller takes numbers, one at a time: milliseconds and number of each."""
    random, session, taken = Random(seed), serving.session(token), []
    for _ in range(TAKEN):
        body = {"hierarchy": random.choice(nodes), "reason": "benchmark"}
        begin = time.perf_counter()
        answer = session.post(f"{API}/operations/next-available", json=body)
        milliseconds = (time.perf_counter() - begin) * 1000
        answer.raise_for_status()
        taken.append((milliseconds, answer.json()["items"][0]["internal_number"]))
    return taken


def direct(address: str, nodes: list[str], seed: int) -> list[tuple[float, str]]:
    """The same without the API: one caller of the function, on a connection that is kept."""
    random, taken = Random(seed), []
    for _ in range(TAKEN):
        node = random.choice(nodes)
        chosen = Selection([], node, datetime.now(UTC), Actor("benchmark"))
        begin = time.perf_counter()
        with database.begun(database.pooled(address)) as db:
            done = pools.next_available(db, chosen, pools.Wish())
        taken.append(((time.perf_counter() - begin) * 1000, done.items[0].internal_number))
    return taken


def callers(one: Caller, first: int) -> list[tuple[float, str]]:
    """The callers of one process, all at once."""
    with ThreadPoolExecutor(CALLERS // PROCESSES) as pool:
        seeds = range(first, first + CALLERS // PROCESSES)
        return [taken for done in pool.map(one, seeds) for taken in done]


def taking(one: Caller) -> list[tuple[float, str]]:
    """What sixteen callers in four processes were given, asking for numbers of the same sites."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        firsts = range(0, CALLERS, CALLERS // PROCESSES)
        list(pool.map(partial(callers, one), firsts))  # connections are open, caches filled
        return [taken for done in pool.map(partial(callers, one), firsts) for taken in done]


def measure(numbers: int, workers: int) -> bool:
    """Prepare, ask, print the table; True where everything is quick enough and nothing twice."""
    print(f"Preparing {numbers:,} numbers …", flush=True)
    serving.prepare(numbers)
    with serving.running(workers) as token:
        print(f"{'':<30}{'p50 ms':>9}{'p95 ms':>9}{'at most':>9}")
        bearer = {"Authorization": f"Bearer {token}"}
        client = HTTPConnectionPool("127.0.0.1", serving.PORT, headers=bearer)
        well = [serving.told(case.name, timed(client, case, numbers), case.most) for case in CASES]
        nodes = [estate.site(index * numbers // 8) for index in range(8)]
        address = os.environ["NUMBER_INVENTORY_DB"]
        done = taking(partial(direct, address, nodes))
        well.append(serving.told("next available, 16 callers", [taken for taken, _ in done], 30))
        asked = taking(partial(caller, token, nodes))
        well.append(serving.told("the same over HTTP", [taken for taken, _ in asked], 30))
        numbers_taken = [number for _, number in done + asked]
        twice = len(numbers_taken) - len(set(numbers_taken))
        print(f"{len(numbers_taken)} numbers taken, {twice} of them twice")
    return all(well) and not twice


def main() -> int:
    """Measure; 1 where something is slower than it may be, or handed out twice."""
    return serving.ended(measure, __doc__, workers=2)


if __name__ == "__main__":
    sys.exit(main())
