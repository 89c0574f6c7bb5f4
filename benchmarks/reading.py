"""Reading a list over HTTPS from the simulator, beside downloading its pages and dropping them.

``python -m benchmarks.reading``: what `land` of a sync does (read twice and compare, parse,
normalise, land), against the same requests with as many at once and nothing done with what comes.
Each is a process of its own, for its peak of memory. A row says how long an answer of 1,000 users
takes to come: 0 is from memory and over the loopback, beside the server on the same two cores.
Ends with 1 where the ratio, at an answer's pace of at least PACE, or the memory is above what it
may be.
"""

import importlib
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import requests

from include.arm import ArmSettings, NumberRules
from include.arm.settings import from_environment
from include.inventory import snapshots, syncs
from include.inventory.connections import ConnectionConfig

# Users, seconds that an answer takes to come, turns of which the best counts.
RUNS = ((1_000_000, 0.0, 3), (1_000_000, 0.01, 1), (4_000_000, 0.0, 1))
PACE = 0.01
PAGE = 1_000
MOST = 1.25
MOST_MB = 300
CONN_ID = "arm_simulator"


@contextmanager
def simulator(users: int, latency: float, folder: str) -> Iterator[dict[str, str]]:
    """A simulator in a process of its own; the environment that names it."""
    command = [sys.executable, "-m", "include.simulator", "--port", "0", "--users", str(users)]
    command += ["--certificates", folder, "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"AIRFLOW_CONN_ARM_SIMULATOR='(.*)'", line)
        if found is None:
            raise RuntimeError(f"The simulator did not start: {line}")
        try:
            yield os.environ | {"AIRFLOW_CONN_ARM_SIMULATOR": found.group(1)}
        finally:
            process.terminate()


def drop(settings: ArmSettings, users: int, passes: int) -> None:
    """Download every page so many times, and keep nothing."""
    session = requests.Session()
    session.auth = (settings.login, settings.password.get_secret_value())
    session.verify, session.trust_env = str(settings.ca_file), False
    url = settings.base_url + settings.registered_users_path

    def one(start: int) -> None:
        query = {"offset": start, "limit": PAGE}
        with session.get(url, params=query, stream=True, timeout=60) as answer:
            answer.raise_for_status()
            while answer.raw.read1(1 << 18, decode_content=True):
                pass

    for _ in range(passes):
        with ThreadPoolExecutor(settings.concurrency) as pool:
            list(pool.map(one, range(0, users, PAGE)))


def land(settings: ArmSettings, users: int) -> None:
    """Read the list, make numbers of it and land it."""
    config = ConnectionConfig(
        name="bench",
        conn_id=CONN_ID,
        hierarchy="sys.hcs.acme",
        rules=NumberRules.model_validate(
            {
                "country_code": "44",
                "extension_lengths": (3, 7),
                "sites": [{"node": "SBC-LON-1", "hierarchy": "sys.hcs.acme.london"}],
            }
        ),
    )
    with tempfile.TemporaryDirectory(prefix="number-inventory-reading-") as folder:
        keep = partial(snapshots.land, Path(folder), config, datetime.now(UTC))
        landed = syncs.live(config, lambda _: settings, keep)
    if landed.registered_users != users:
        raise RuntimeError(f"{landed.registered_users} of {users} were landed")


def child(how: str, users: int) -> None:
    """One reading in this process; prints its seconds and its peak of memory in MB."""
    settings = from_environment(CONN_ID)
    if not isinstance(settings, ArmSettings):
        raise TypeError("The simulator is no ARM")
    for module in ("include.arm.client", "include.arm.numbers", "pyarrow.parquet"):
        importlib.import_module(module)  # loading takes as long for a short list as for a long one
    begin, used = time.perf_counter(), time.process_time()
    if how == "drop":
        drop(settings, users, passes=2)
    else:
        land(settings, users)
    seconds, used = time.perf_counter() - begin, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": used, "peak": peak}))


def measured(how: str, users: int, env: dict[str, str]) -> dict[str, float]:
    """The figures of one reading in a new process."""
    command = [sys.executable, "-m", "benchmarks.reading", how, str(users)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def compared(users: int, latency: float, turns: int) -> dict[str, dict[str, float]]:
    """The best of some turns of each way, taken in turn so that all have the same luck."""
    best: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder, simulator(users, latency, folder) as env:
        for _ in range(turns):
            for how in ("drop", "land"):
                figures = measured(how, users, env)
                if how not in best or figures["seconds"] < best[how]["seconds"]:
                    best[how] = figures
    return best


def main() -> int:
    """Print the figures of each; 1 where ratio or memory is above what it may be."""
    good = True
    print("    users  ms         seconds   rows/s  CPU s   MB  ratio")
    for users, latency, turns in RUNS:
        best = compared(users, latency, turns)
        for how, figures in best.items():
            ratio = figures["seconds"] / best["drop"]["seconds"]
            print(
                f"{users:>9,}{1000 * latency:>4.0f}  {how:<5}{figures['seconds']:>8.1f}"
                f"{users / figures['seconds']:>9,.0f}{figures['cpu']:>7.1f}"
                f"{figures['peak']:>5.0f}{ratio:>7.2f}",
                flush=True,
            )
            good = good and figures["peak"] <= MOST_MB and (ratio <= MOST or latency < PACE)
    print(f"At most {MOST} times the download, and {MOST_MB} MB: {'yes' if good else 'NO'}")
    return int(not good)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        child(sys.argv[1], int(sys.argv[2]))
    else:
        sys.exit(main())
