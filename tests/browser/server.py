"""A real API server of Airflow with the project's plugin, and users who are logged in to it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from include.demo.standalone import HOST, free_port

START_SECONDS = 240.0
INNER = "/number-inventory"
FRAMED = f"/plugin/numbers{INNER}"
"""Where Airflow shows our pages, by their own addresses."""


@dataclass(frozen=True)
class Server:
    """A running API server."""

    url: str

    def cookie(self, user: str, role: str) -> dict[str, Any]:
        """What a browser keeps of a user who is logged in."""
        from airflow.api_fastapi.app import get_auth_manager
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

        token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=user, role=role))
        return {"name": "_token", "value": token, "url": self.url}


@contextmanager
def running(home: Path, inventory: str) -> Iterator[Server]:
    """The API server on an inventory until the block ends; the rest is in the environment."""
    port = free_port(0)
    url = f"http://{HOST}:{port}"
    log = home / "api-server.log"
    settings = {
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "NUMBER_INVENTORY_DB": inventory,
    }
    command = [sys.executable, "-m", "airflow", "api-server", "--host", HOST, "--port", str(port)]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command,
            env=os.environ | settings,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _await(process, url, log)
            yield Server(url)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with suppress(requests.RequestException):
            if requests.get(f"{url}/api/v2/monitor/health", timeout=10).ok:
                return
        time.sleep(0.5)
    last = log.read_text(errors="replace").splitlines()[-15:]
    raise RuntimeError("\n".join(["The API server did not start:", *last]))
