"""The DAGs, run in this process against a real inventory and a routing manager over HTTPS."""

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import text

from include.arm import from_environment
from include.inventory import connections, database, limits, syncs
from include.inventory.errors import InventoryError
from include.inventory.events import Actor
from include.inventory.snapshots import Snapshot
from include.simulator.population import Population
from include.simulator.script import Event, Script
from include.simulator.server import Simulator, running
from tests.airflow_home import ROOT, api, prepare
from tests.integration.factories import a_node

NOW = datetime.now(UTC).replace(microsecond=0)
# What the simulator is asked for, whatever the instant that its answer is landed for.
ALL_HERE, FEW_GONE, ALL_GONE = (datetime(2025, 1, day, tzinfo=UTC) for day in (1, 2, 3))
FEW = 3
USERS = 40
CONNECTIONS = """
connections:
  - {name: london, conn_id: arm_london, hierarchy: sys.hcs.acme.london}
"""
SYNC, PURGE = "SyncAudioCodes__london", "PurgeAudioCodes__london"
REVIEW = "ReviewAudioCodes__london"
OPEN = "/api/v2/dags/~/dagRuns/~/hitlDetails?response_received=false"
RELEASE, AUDIT, MACRO = "release_numbers", "audit_number_inventory", "set_macro"


@dataclass(frozen=True)
class Run:
    """A finished run: its state, the states of its tasks, and what it logged."""

    dag_id: str
    state: str
    tasks: dict[str, str]
    run_id: str
    log: str


@pytest.fixture(scope="session")
def airflow() -> None:
    """Airflow is ready to be imported."""
    prepare()


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """A routing manager with forty users at one SBC, all of whose AORs are numbers,
    some of whom leave."""
    people = Population(users=USERS, nodes=1, one_extension_in=0, one_name_in=0)
    script = Script(
        events=(
            Event(at=FEW_GONE, action="leave", users=range(FEW)),
            Event(at=ALL_GONE, action="leave", users=range(USERS)),
        )
    )
    with running(people, script) as server:
        yield server


@pytest.fixture
def arm(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, database_url: str
) -> Simulator:
    """The routing manager, configured as the connection london; landed lists are this test's."""
    simulator.set_clock(ALL_HERE)
    connection = {
        "conn_type": "audiocodes_arm",
        "host": simulator.host,
        "port": simulator.port,
        "login": simulator.username,
        "password": simulator.password,
        "extra": {"ca_file": str(simulator.certificate)},
    }
    file = tmp_path / "connections.yaml"
    file.write_text(CONNECTIONS, encoding="utf-8")
    monkeypatch.setenv("AIRFLOW_CONN_ARM_LONDON", json.dumps(connection))
    monkeypatch.setenv("NUMBER_INVENTORY_CONNECTIONS", str(file))
    monkeypatch.setenv("NUMBER_INVENTORY_STORAGE", str(tmp_path / "storage"))
    return simulator


def with_rules(rules: str) -> None:
    """From now on the connection london is read by other rules."""
    changed = CONNECTIONS.replace("london}", f"london, rules: {rules}}}")
    Path(os.environ["NUMBER_INVENTORY_CONNECTIONS"]).write_text(changed, encoding="utf-8")


def land(arm: Simulator, at: datetime, listed: datetime = ALL_HERE) -> Snapshot:
    """Land, for an instant, the list as the simulator has it at another."""
    arm.set_clock(listed)
    config = connections.find("london")
    read = partial(syncs.live, config, from_environment)
    return syncs.obtain(syncs.storage(), config, at, read=read, now=at)


def asked(arm: Simulator) -> int:
    """How often the routing manager has been asked for anything."""
    return sum(arm.requests.values())


def limited(username: str, hierarchy: str) -> None:
    """A user sees what is at a node and below it, and nothing else."""
    with database.transaction() as db:
        with suppress(InventoryError):
            a_node(db, hierarchy)
        limits.limit(db, username, hierarchy=hierarchy, actor=Actor("the tests"))


def statuses() -> dict[str, int]:
    """The numbers of the inventory, by status."""
    with database.transaction() as db:
        rows = db.execute(text("SELECT status, count(*) FROM numbers.number GROUP BY status"))
        return dict(tuple(row) for row in rows)


def load(dag_id: str) -> Any:
    """A DAG as its file has it now, one that does not wait before it fails."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(ROOT / "dags")
    assert bag.import_errors == {}
    dag = bag.dags[dag_id]
    for step in dag.tasks:
        step.retry_delay = timedelta(0)
    return dag


@pytest.fixture
def run(airflow: None, arm: Simulator, caplog: pytest.LogCaptureFixture) -> Callable[..., Run]:
    """Run a DAG by hand for an instant, with parameters; give back what became of it."""

    def run_dag(dag_id: str, at: datetime = NOW, **conf: Any) -> Run:
        with redirect_stdout(StringIO()) as log, redirect_stderr(log):
            ended = load(dag_id).test(run_after=at, logical_date=at, run_conf=conf)
        tasks = {task.task_id: str(task.state) for task in ended.get_task_instances()}
        said = caplog.text + log.getvalue()
        return Run(dag_id, str(ended.state), tasks, ended.run_id, said)

    return run_dag


def note(done: Run) -> str | None:
    """The note on a run, as Airflow's API tells it."""
    run_id = quote(done.run_id, safe="")
    found = api("ada", "admin").get(f"/api/v2/dags/{done.dag_id}/dagRuns/{run_id}").json()
    return None if found["note"] is None else str(found["note"])


def respond(client: Any, answer: dict[str, Any]) -> dict[str, Any]:
    """Answer the next question that a run asks, as that client's user; give back the question."""
    for _ in range(300):
        # Before the task is parked, an answer would be kept, and wake nobody.
        questions = [
            question
            for question in client.get(OPEN).json()["hitl_details"]
            if question["task_instance"]["state"] == "awaiting_input"
        ]
        if questions:
            ti = questions[0]["task_instance"]
            path = f"/api/v2/dags/{ti['dag_id']}/dagRuns/{ti['dag_run_id']}/taskInstances"
            answered = client.patch(f"{path}/{ti['task_id']}/-1/hitlDetails", json=answer)
            assert answered.status_code == 200, answered.text
            return dict(questions[0])
        time.sleep(0.1)
    raise AssertionError("nobody was asked")


def answered(
    run: Callable[..., Run], dag_id: str, at: datetime, chosen: str, **form: str
) -> tuple[Run, dict[str, Any]]:
    """A run that asks, and that ada answers; and what she was asked."""
    answer = {"chosen_options": [chosen], "params_input": form}
    with ThreadPoolExecutor(1) as somebody_else:
        asked = somebody_else.submit(respond, api("ada", "admin"), answer)
        return run(dag_id, at), asked.result()
