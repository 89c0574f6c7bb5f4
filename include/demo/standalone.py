"""A whole Airflow as one group of processes, and what is asked of it over its REST API."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import requests

HOST = "127.0.0.1"
USER = "admin"
START_SECONDS = 300.0
RUN_SECONDS = 300.0
STOP_SECONDS = 30.0
OVER = {"success", "failed"}

Found = TypeVar("Found")


class AirflowFailed(Exception):
    """Airflow did not do what it was asked; the message ends with where to look."""


@dataclass(frozen=True)
class Airflow:
    """A running Airflow: where it is, how to log in, where its processes write to."""

    url: str
    password: str
    log: Path
    session: requests.Session

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """The JSON that the REST API answers. Raises AirflowFailed for anything but success."""
        answer = self.session.request(method, f"{self.url}/api/v2{path}", timeout=60, **more)
        if not answer.ok:
            raise AirflowFailed(f"{method} {path} answered {answer.status_code}: {answer.text}")
        return answer.json()

    def await_dags(self, dag_ids: list[str]) -> None:
        """Return when Airflow has read these DAGs."""

        def known() -> bool:
            dags = self.ask("GET", "/dags", params={"limit": 100})["dags"]
            return {dag["dag_id"] for dag in dags} >= set(dag_ids)

        _eventually(known, START_SECONDS, f"the DAGs {', '.join(dag_ids)}; see {self.log}")

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run by its schedule from now on."""
        self.ask("PATCH", f"/dags/{dag_id}", json={"is_paused": False})

    def runs(self, dag_id: str, run_type: str | None = None) -> dict[str, str]:
        """The state of each run of a DAG, by its id."""
        query: dict[str, Any] = {"limit": 100, "order_by": "-run_after"}
        if run_type is not None:
            query["run_type"] = run_type
        runs = self.ask("GET", f"/dags/{dag_id}/dagRuns", params=query)["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in runs}

    def await_run(
        self, dag_id: str, *, run_type: str | None = None, not_in: dict[str, str] | None = None
    ) -> str:
        """The state in which a run ends, other than those there were before."""

        def ended() -> str | None:
            new = self.runs(dag_id, run_type).items() - (not_in or {}).items()
            states = [state for _, state in new if state in OVER]
            return states[0] if states else None

        return _eventually(ended, RUN_SECONDS, f"a run of {dag_id}; see {self.url}/dags/{dag_id}")

    def backfill(self, dag_id: str, instant: datetime) -> str:
        """The state in which the backfill of a daily DAG for the interval that ends then ends."""
        begin = (instant - timedelta(days=1)).isoformat()
        wish = {
            "dag_id": dag_id,
            "from_date": begin,
            "to_date": begin,
            "reprocess_behavior": "completed",
            "max_active_runs": 1,
        }
        before = self.runs(dag_id, "backfill")
        _eventually(lambda: self._accepts(wish), RUN_SECONDS, f"the backfill of {dag_id}")
        return self.await_run(dag_id, run_type="backfill", not_in=before)

    def _accepts(self, wish: dict[str, Any]) -> bool:
        """False while an earlier backfill of the DAG is not put away yet."""
        answer = self.session.post(f"{self.url}/api/v2/backfills", json=wish, timeout=60)
        if answer.ok or answer.status_code == 409:
            return answer.ok
        raise AirflowFailed(f"the backfill was answered {answer.status_code}: {answer.text}")


@contextmanager
def running(home: Path, port: int = 0) -> Iterator[Airflow]:
    """Airflow with its home in a folder, up until the block ends; then nothing of it is left.

    Port 0, or one that is taken, stands for any that is free. The rest is in the environment.
    """
    port = free_port(port)
    log = home / "airflow.log"
    url = f"http://{HOST}:{port}"
    with log.open("wb") as sink:
        group = subprocess.Popen(
            [sys.executable, "-m", "airflow", "standalone"],
            env=os.environ | _settings(url, port),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _await_health(group, url, log)
            yield _logged_in(home, url, log)
        finally:
            _stop(group)


def _settings(url: str, port: int) -> dict[str, str]:
    return {
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__AUTH_MANAGER": (
            "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
        ),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "3",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        # The button Test Connection: off by default, since who has it may reach any host. The only
        # user here is an administrator.
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "15",
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port(0)),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port(0)),
        # Airflow starts its parts by the name of its own command.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def free_port(port: int) -> int:
    """The port where it is free, else another one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return free_port(0)
        return int(probe.getsockname()[1])


def _await_health(group: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    def healthy() -> bool:
        if group.poll() is not None:
            last = log.read_text(errors="replace").splitlines()[-15:]
            raise AirflowFailed("\n".join(["Airflow ended while it started:", *last, f"See {log}"]))
        with suppress(requests.RequestException):
            health = requests.get(f"{url}/api/v2/monitor/health", timeout=10).json()
            parts = ("metadatabase", "scheduler", "dag_processor")
            return all(health[part]["status"] == "healthy" for part in parts)
        return False

    _eventually(healthy, START_SECONDS, f"Airflow to start; see {log}")


def _logged_in(home: Path, url: str, log: Path) -> Airflow:
    passwords = json.loads((home / "simple_auth_manager_passwords.json.generated").read_text())
    session = requests.Session()
    session.trust_env = False
    login = {"username": USER, "password": passwords[USER]}
    answer = session.post(f"{url}/auth/token", json=login, timeout=60)
    answer.raise_for_status()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return Airflow(url, passwords[USER], log, session)


def _stop(group: "subprocess.Popen[bytes]") -> None:
    """Stop every process of the group, first kindly; at once, for who asks a second time."""
    for ask in (signal.SIGTERM, signal.SIGKILL):
        end = time.monotonic() + STOP_SECONDS
        with suppress(ProcessLookupError, KeyboardInterrupt):
            os.killpg(group.pid, ask)
            while time.monotonic() < end:
                group.poll()
                os.killpg(group.pid, 0)
                time.sleep(0.1)
    group.wait()


def _eventually(look: Callable[[], Found | None], seconds: float, what: str) -> Found:
    """What a look finds, once it finds something. Raises AirflowFailed when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.5)
    raise AirflowFailed(f"After {seconds:g} s there is still no sign of {what}")
