"""The DAGs under a real scheduler and executor, where tasks cannot reach Airflow's database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from include.demo import standalone
from include.demo.live import first_reading
from include.demo.standalone import Airflow
from include.inventory import database, macros
from include.simulator.server import Simulator
from tests.airflow_home import settings
from tests.dags.conftest import AUDIT, MACRO, RELEASE, SYNC, USERS, land, statuses

READ_AT = first_reading(datetime.now(UTC))
CONNECTIONS = f"""
connections:
  - name: london
    conn_id: arm_london
    hierarchy: sys.hcs.acme.london
    schedule: 0 {READ_AT.hour} * * *
"""


@pytest.fixture
def airflow(arm: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Airflow]:
    """A whole Airflow of this test's own; nothing of it is left afterwards."""
    home = tmp_path / "airflow"
    home.mkdir()
    (tmp_path / "connections.yaml").write_text(CONNECTIONS, encoding="utf-8")
    address = database.embedded_url("airflow_under_an_executor")
    for name, value in settings(home, address).items():
        monkeypatch.setenv(name, value)
    with standalone.running(home) as running:
        yield running
    assert [process for process in psutil.process_iter() if belongs_to(process, home)] == []


def belongs_to(process: psutil.Process, home: Path) -> bool:
    try:
        return process.environ().get("AIRFLOW_HOME") == str(home)
    except psutil.Error:
        return False


def test_a_sync_is_followed_by_release_and_audit_for_its_own_instant(
    airflow: Airflow, arm: Simulator
) -> None:
    airflow.await_dags([SYNC, RELEASE, AUDIT, MACRO])
    for dag_id in (SYNC, RELEASE, AUDIT, MACRO):
        airflow.unpause(dag_id)
    for dag_id in (SYNC, RELEASE, AUDIT):
        assert airflow.await_run(dag_id, run_type="scheduled") == "success"
    assert airflow.await_run(AUDIT, run_type="asset_triggered") == "success"
    assert statuses() == {}

    land(arm, READ_AT)
    audits = airflow.runs(AUDIT)
    assert airflow.backfill(SYNC, READ_AT) == "success"
    assert airflow.await_run(RELEASE, run_type="asset_triggered") == "success"
    assert airflow.await_run(AUDIT, run_type="asset_triggered", not_in=audits) == "success"
    assert statuses() == {"Used": USERS}
    told = airflow.ask("GET", "/assets/events", params={"order_by": "-timestamp", "limit": 2})
    instants = {event["extra"]["as_of"] for event in told["asset_events"]}
    assert instants == {READ_AT.isoformat()}
    with database.transaction() as db:
        [as_of] = db.execute(text("SELECT DISTINCT as_of FROM numbers.number_event")).scalars()
    assert as_of == READ_AT

    form = {"macro": "audiocodes_cooling_duration", "hierarchy": "sys.hcs", "value": "4"}
    airflow.ask("POST", f"/dags/{MACRO}/dagRuns", json={"logical_date": None, "conf": form})
    assert airflow.await_run(MACRO) == "success"
    with database.transaction() as db:
        now = macros.in_force(db, "audiocodes_cooling_duration", "sys.hcs.acme.london")
    assert (now.value, now.set_by) == (4, standalone.USER)

    form["value"], known = "1000", airflow.runs(MACRO)
    airflow.ask("POST", f"/dags/{MACRO}/dagRuns", json={"logical_date": None, "conf": form})
    assert airflow.await_run(MACRO, not_in=known) == "failed"
    with database.transaction() as db:
        assert macros.in_force(db, "audiocodes_cooling_duration", "sys.hcs").value == 4
