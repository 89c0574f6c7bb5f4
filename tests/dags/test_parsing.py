"""What Airflow finds when it reads the DAG files."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_home import ROOT
from tests.dags.conftest import AUDIT, MACRO, PURGE, RELEASE, REVIEW, SYNC

GOOD = "{name: london, conn_id: arm_london, hierarchy: sys.hcs.acme.london}"
HEAVY = ["great_expectations", "numpy", "pandas", "pyarrow", "requests"]
PROBE = f"""
import json, sys
from airflow.dag_processing.dagbag import DagBag
assert DagBag({str(ROOT / "dags")!r}).dags
print(json.dumps([name for name in {HEAVY} if name in sys.modules]))
"""


@pytest.fixture
def bag(airflow: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Read the DAG files with the given connections configured."""

    def read(*entries: str) -> Any:
        from airflow.dag_processing.dagbag import DagBag

        file = tmp_path / "connections.yaml"
        lines = "".join(f"\n  - {entry}" for entry in entries)
        file.write_text(f"connections: {lines or '[]'}", encoding="utf-8")
        monkeypatch.setenv("NUMBER_INVENTORY_CONNECTIONS", str(file))
        return DagBag(ROOT / "dags")

    return read


def test_every_connection_has_its_three_dags(bag: Any) -> None:
    paris = GOOD.replace("london", "paris")
    found = bag(GOOD, paris).dags
    ours = {PURGE, SYNC, REVIEW}
    assert ours | {dag_id.replace("london", "paris") for dag_id in ours} <= set(found)


def test_without_connections_the_other_dags_are_there(bag: Any) -> None:
    read = bag()
    assert read.import_errors == {}
    assert set(read.dags) == {AUDIT, MACRO, RELEASE}


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        (GOOD.replace("hierarchy", "hierarchie"), "connections.0.hierarchy"),
        (GOOD.replace("}", ", retries: 3}"), "connections.0.retries"),
        (GOOD.replace("}", ", schedule: at noon}"), "connections.london.schedule"),
        (GOOD.replace("sys.hcs", "sys..hcs"), "connections.0.hierarchy"),
    ],
)
def test_a_mistake_in_the_connections_is_an_import_error_that_names_the_key(
    bag: Any, entry: str, key: str
) -> None:
    read = bag(entry)
    errors = {Path(file).name: error for file, error in read.import_errors.items()}
    assert "sync_audiocodes.py" in errors
    assert all(f"connections.yaml: {key}" in error for error in errors.values())
    assert {AUDIT, MACRO, RELEASE} <= set(read.dags)


def test_reading_them_loads_nothing_heavy(airflow: None) -> None:
    told = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert json.loads(told.stdout.splitlines()[-1]) == []


@pytest.mark.parametrize("dag_id", [SYNC, REVIEW, PURGE, RELEASE, AUDIT, MACRO])
def test_a_dag_says_what_to_do_when_it_fails(bag: Any, dag_id: str) -> None:
    text = bag(GOOD).dags[dag_id].doc_md
    assert "**When it fails**" in text


@pytest.mark.parametrize("dag_id", [SYNC, RELEASE, AUDIT])
def test_a_dag_on_a_schedule_can_be_backfilled(bag: Any, dag_id: str) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    dag = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(bag(GOOD).dags[dag_id]))
    assert dag.timetable.periodic
    assert not dag.catchup


def test_the_asset_of_the_syncs_triggers_the_release_and_its_asset_the_audit(bag: Any) -> None:
    dags = bag(GOOD).dags
    assert heard_by(dags[RELEASE]) == {"number_inventory_presence"}
    assert heard_by(dags[REVIEW]) == {"number_inventory_hold_london"}
    assert told_by(dags[SYNC]) == heard_by(dags[RELEASE]) | heard_by(dags[REVIEW])
    assert told_by(dags[RELEASE]) == heard_by(dags[AUDIT]) == {"number_inventory_numbers"}


def told_by(dag: Any) -> set[str]:
    return {asset.name for task in dag.tasks for asset in task.outlets}


def heard_by(dag: Any) -> set[str]:
    return {asset.name for asset in dag.timetable.asset_condition.objects}
