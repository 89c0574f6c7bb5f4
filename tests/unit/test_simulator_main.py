"""The command serves until it is told to stop, and says in one line how to connect."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

COMMAND = [sys.executable, "-W", "error", "-m", "include.simulator"]
ROOT = Path(__file__).parents[2]


def started(folder: Path, *options: str) -> subprocess.Popen[str]:
    given = [*COMMAND, "--port", "0", "--certificates", str(folder), *options]
    environment = os.environ | {"NUMBER_SIMULATOR_PASSWORD": "from the environment"}
    return subprocess.Popen(
        given,
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def connection(line: str, kind: str = "ARM") -> dict[str, Any]:
    value = re.search(rf"AIRFLOW_CONN_{kind}_SIMULATOR='(.*)'$", line.strip())
    assert value, line
    decoded: dict[str, Any] = json.loads(value[1])
    return decoded


def total(told: dict[str, Any]) -> int:
    answer = requests.get(
        f"https://{told['host']}:{told['port']}/ARM/v1/registeredUsers?limit=1",
        auth=(told["login"], told["password"]),
        verify=told["extra"]["ca_file"],
        timeout=10,
    )
    return int(answer.json()["total"])


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_the_story_and_ends_cleanly(tmp_path: Path, how: signal.Signals) -> None:
    options = ["--story", "2026-11-16", "--clock", "2026-11-17T02:00:00Z"]
    with started(tmp_path, *options) as process:
        assert process.stdout
        assert process.stderr
        line = process.stdout.readline()
        told = connection(line)
        assert line.startswith(f"https://127.0.0.1:{told['port']} login arm CA {tmp_path}")
        assert (told["password"], total(told)) == ("from the environment", 1980 - 25)
        process.send_signal(how)
        assert (process.wait(10), process.stdout.read(), process.stderr.read()) == (0, "", "")


def test_it_serves_an_sbc_with_a_fault(tmp_path: Path) -> None:
    with started(tmp_path, "--sbc", "SBC-LON-1", "--fault", "conflict_409") as process:
        assert process.stdout
        told = connection(process.stdout.readline(), "SBC")
        answer = requests.get(
            f"https://{told['host']}:{told['port']}/api/v1/kpi/current/sbc/otherStats/global",
            auth=(told["login"], told["password"]),
            verify=told["extra"]["ca_file"],
            timeout=10,
        )
        process.terminate()
    assert (told["extra"]["node"], answer.status_code) == ("SBC-LON-1", 409)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--nodes", "0"], "nodes must be"),
        (["--clock", "2026-11-17T02:00:00"], "has no zone"),
        (["--script", "none.yaml"], "none.yaml"),
        (["--story", "2026-11-16", "--script", "any.yaml"], "leave --script out"),
        (["--story", "2026-11-16", "--users", "10"], "1000 users"),
        (["--fault", "gremlin"], "no fault 'gremlin'"),
        (["--dialect", "none.yaml"], "none.yaml"),
        (["--sbc", "SBC-ROM-1"], "no node 'SBC-ROM-1'"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_served(
    tmp_path: Path, options: list[str], named: str
) -> None:
    with started(tmp_path, *options) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert named in " ".join(err.replace("│", " ").split())
