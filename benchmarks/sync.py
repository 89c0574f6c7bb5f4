"""`numbers sync` over HTTPS from the simulator: rows a second, and memory that does not grow.

``python -m benchmarks.sync``: lists of different lengths against 500,000 numbers each, and each
sync in a process of its own, as on a terminal.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import text

from benchmarks.dataset import FILL
from include.inventory import database, schema
from include.simulator.population import Population
from include.simulator.server import Simulator, running

NUMBERS = 500_000
USERS = (100_000, 800_000)
# How much more memory the longest list may take than the shortest.
GROWTH = 1.25


def prepare(address: str) -> None:
    """An inventory of that many numbers that nobody uses."""
    with database.transaction(address) as db:
        schema.upgrade(db)
        db.execute(text(FILL.format(table="numbers.number", last=NUMBERS - 1)))


def environment(simulator: Simulator, address: str, home: Path) -> dict[str, str]:
    """What `numbers` needs to know: the database, the connection, its credentials."""
    connections = home / "connections.yaml"
    connections.write_text(
        "connections: [{name: bench, conn_id: arm, hierarchy: sys.hcs.acme}]", encoding="utf-8"
    )
    arm = {
        "conn_type": "audiocodes_arm",
        "host": simulator.host,
        "port": simulator.port,
        "login": simulator.username,
        "password": simulator.password,
        "extra": {"ca_file": str(simulator.certificate)},
    }
    return os.environ | {
        "NUMBER_INVENTORY_DB": address,
        "NUMBER_INVENTORY_HOME": str(home),
        "NUMBER_INVENTORY_CONNECTIONS": str(connections),
        "AIRFLOW_CONN_ARM": json.dumps(arm),
    }


def sync(env: dict[str, str]) -> tuple[float, float, dict[str, int]]:
    """One sync: seconds, peak memory in MB, and what it changed."""
    command = [sys.executable, "-m", "include.cli", "sync", "bench", "--json"]
    begin = time.perf_counter()
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as process:
        if process.stdout is None:
            raise RuntimeError("The sync has no output")
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"The sync ended with {process.returncode}: {said.decode()}")
    changed = json.loads(said)["applied"]["changed"]
    return time.perf_counter() - begin, usage.ru_maxrss / 1024, changed


def main() -> int:
    """Print a line for each length; 1 where memory grows with the list."""
    peaks = []
    print(f"{'users':>9}{'seconds':>10}{'rows/s':>10}{'peak MB':>10}   changed")
    for users in USERS:
        with tempfile.TemporaryDirectory(prefix="number-inventory-sync-") as folder:
            home = Path(folder)
            os.environ["NUMBER_INVENTORY_HOME"] = folder
            address = database.embedded_url(f"sync_{users}")
            prepare(address)
            with running(Population(users=users), certificates=home) as simulator:
                seconds, peak, changed = sync(environment(simulator, address, home))
        peaks.append(peak)
        print(f"{users:>9,}{seconds:>10.1f}{users / seconds:>10,.0f}{peak:>10.0f}   {changed}")
    return int(peaks[-1] > GROWTH * peaks[0])


if __name__ == "__main__":
    sys.exit(main())
