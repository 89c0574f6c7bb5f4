"""The command as a process of its own: what it prints, how it exits, how it is stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from include.inventory import database
from include.simulator.population import Population
from include.simulator.server import running
from tests.integration.factories import SITE

COMMAND = [sys.executable, "-m", "include.cli"]
HEAVY = {"sqlalchemy", "psycopg", "yaml", "pandas", "pyarrow", "alembic", "great_expectations"}


def numbers(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | environment,
    )


@pytest.mark.parametrize("arguments", [["--help"], ["list", "--help"], ["sync", "--help"]])
def test_help_loads_nothing_that_takes_time(arguments: list[str]) -> None:
    said = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "include.cli", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in said.stderr.splitlines()}
    assert "typer" in loaded
    assert loaded & HEAVY == set()


def test_an_import_prints_one_document_and_exits_with_its_finding(
    database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text(f"internal_number,hierarchy\n1001,{SITE}\nbad,{SITE}\n")
    done = numbers("import", str(file), "--partial", "--make-nodes", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["imported"] == 1


def test_a_sync_reads_the_list_over_https(database_url: str, tmp_path: Path) -> None:
    connections = tmp_path / "connections.yaml"
    connections.write_text("connections: [{name: lab, conn_id: arm_lab, hierarchy: sys.hcs}]")
    with running(Population(users=40, one_name_in=20)) as arm:
        login = {"host": arm.host, "port": arm.port, "login": arm.username}
        secret = {"password": arm.password, "extra": {"fingerprint": arm.fingerprint}}
        done = numbers(
            "sync",
            "lab",
            "--json",
            NUMBER_INVENTORY_CONNECTIONS=str(connections),
            NUMBER_INVENTORY_STORAGE=str(tmp_path),
            AIRFLOW_CONN_ARM_LAB=json.dumps(login | secret),
        )
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    rejected = sum(document["observed"]["rejected"].values())
    assert (document["observed"]["registered_users"], rejected) == (40, 2)
    assert document["applied"]["changed"] == {"create": 38}


def test_an_arm_that_does_not_answer_is_said_on_one_line(database_url: str, tmp_path: Path) -> None:
    connections = tmp_path / "connections.yaml"
    connections.write_text("connections: [{name: lab, conn_id: arm_lab, hierarchy: sys.hcs}]")
    done = numbers(
        "sync",
        "lab",
        NUMBER_INVENTORY_CONNECTIONS=str(connections),
        NUMBER_INVENTORY_STORAGE=str(tmp_path),
        AIRFLOW_CONN_ARM_LAB="audiocodes-arm://arm:secret@127.0.0.1:1/?deadline=1",
    )
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert "secret" not in done.stderr
    assert list(tmp_path.rglob("manifest.json")) == []


def test_a_reader_that_goes_away_ends_a_list_quietly(database_url: str) -> None:
    with database.transaction() as db:
        db.execute(
            text(
                "INSERT INTO numbers.number (internal_number, hierarchy) "
                "SELECT 100000 + n, 'sys.hcs' FROM generate_series(1, 20000) AS n"
            )
        )
    with subprocess.Popen(
        [*COMMAND, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        assert command.stdout.readline().startswith("internal_number")
        command.stdout.close()
        assert command.stderr.read() == ""


def test_ctrl_c_ends_a_command_with_130_and_no_traceback(database_url: str) -> None:
    with (
        database.transaction(database_url) as db,
        subprocess.Popen(
            [*COMMAND, "list"],
            stderr=subprocess.PIPE,
            text=True,
            # As on a terminal: whoever runs the tests in the background has it ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        ) as command,
    ):
        db.execute(text("LOCK TABLE numbers.number"))
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        deadline = time.monotonic() + 30
        while not db.execute(waiting).scalar_one():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        command.send_signal(signal.SIGINT)
        _, said = command.communicate(timeout=30)
    assert command.returncode == 130
    assert "Traceback" not in said
