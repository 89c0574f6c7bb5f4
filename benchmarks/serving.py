"""The estate of the benchmarks behind the API's server, and the lines that they print."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from sqlalchemy import text

from benchmarks import estate
from include.inventory import database, schema
from tests import airflow_home

PORT = 8799
ROOT = f"http://127.0.0.1:{PORT}/number-inventory"
API = f"{ROOT}/api/v1"
LOT = 500_000


def ended(measure: Callable[[int, int], bool], doc: str | None, *, workers: int) -> int:
    """The exit code of a benchmark, measured in a home of its own, as its arguments say."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--numbers", type=int, default=5_000_000)
    parser.add_argument("--workers", type=int, default=workers)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="number-inventory-bench-") as folder:
        os.environ["NUMBER_INVENTORY_HOME"] = folder
        os.environ["NUMBER_INVENTORY_STORAGE"] = str(Path(folder) / "storage")
        return int(not measure(given.numbers, given.workers))


def prepare(numbers: int) -> None:
    """The estate in the embedded database that the server finds by itself."""
    address = database.embedded_url(database.DATABASE)
    os.environ["NUMBER_INVENTORY_DB"] = address
    with database.transaction(address) as db:
        schema.upgrade(db)
    for first in range(0, numbers, LOT):
        with database.transaction(address) as db:
            estate.fill(db, first, min(LOT, numbers - first))
    engine = database.engine(address).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        db.execute(text("VACUUM ANALYZE"))
    engine.dispose()


@contextmanager
def running(workers: int) -> Iterator[str]:
    """The API's server as processes of their own; the token of an administrator."""
    airflow_home.prepare()
    from airflow.api_fastapi.app import init_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    token = init_auth_manager().generate_jwt(SimpleAuthManagerUser(username="ada", role="admin"))
    place = ("--host", "127.0.0.1", "--port", str(PORT), "--workers", str(workers))
    quiet = ("--log-level", "error", "--no-access-log")
    command = [sys.executable, "-m", "uvicorn", *place, *quiet, "--factory"]
    server = subprocess.Popen([*command, "include.web.application:alone"])
    try:
        _wait(token)
        yield token
    finally:
        server.terminate()
        server.wait(20)


def _wait(token: str) -> None:
    for _ in range(120):
        try:
            session(token).get(f"{API}/numbers", params={"limit": 1}).raise_for_status()
        except requests.ConnectionError:
            time.sleep(0.5)
        else:
            return
    raise RuntimeError("The API's server did not start")


def session(token: str) -> requests.Session:
    """One whose requests are an administrator's."""
    made = requests.Session()
    made.headers["Authorization"] = f"Bearer {token}"
    return made


def percentile(values: list[float], part: float) -> float:
    """The value that such a part of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def told(name: str, values: list[float], most: float, more: str = "") -> bool:
    """Print a line, with more behind it; True where 95 of 100 are quick enough."""
    p50, p95 = percentile(values, 0.5), percentile(values, 0.95)
    verdict = "yes" if p95 <= most else "NO"
    print(f"{name:<30}{p50:>9.1f}{p95:>9.1f}{most:>9.0f}   {verdict:<5}{more}", flush=True)
    return p95 <= most
