"""What the week is played on: databases, folders, connections, and an inventory to begin with.

All of it is the demo's own: two databases on the embedded server, and one folder.
"""

import csv
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from include.arm import from_environment
from include.inventory import connections, database, imports, schema, syncs
from include.inventory.events import Actor
from include.inventory.snapshots import Snapshot
from include.simulator import story
from include.simulator.server import Simulator, running

ROOT = Path(__file__).resolve().parents[2]
NAME = "demo"
CONN_ID = "arm_demo"
INVENTORY = "number_inventory_demo"
METADATA = "airflow_demo"


@dataclass(frozen=True)
class Stage:
    """Where everything is; `first` is the instant of the reading of day 0."""

    folder: Path
    inventory: str
    metadata: str
    first: datetime
    simulator: Simulator

    @property
    def airflow_home(self) -> Path:
        """The folder for Airflow's own files."""
        return self.folder / "airflow"

    def land(self, instant: datetime) -> Snapshot:
        """Read the list as it is at an instant of the story, over HTTPS, and land it."""
        self.simulator.set_clock(instant)
        config = connections.find(NAME)
        return syncs.obtain(
            self.folder,
            config,
            instant,
            read=lambda land: syncs.live(config, from_environment, land),
            now=instant,
        )


@contextmanager
def built(folder: Path, first: datetime) -> Iterator[Stage]:
    """A stage with nothing on it yet, from an earlier run or otherwise; its simulator runs.

    The process's environment names all of it from then on, for itself and for its children.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "airflow").mkdir(parents=True)
    with running(
        story.population(), story.week(first), clock=first, certificates=folder / "certificates"
    ) as simulator:
        stage = Stage(folder, _fresh(INVENTORY), _fresh(METADATA), first, simulator)
        _connections_file(stage)
        _name_everything(stage)
        with database.transaction(stage.inventory) as db:
            schema.upgrade(db)
        yield stage


def _fresh(name: str) -> str:
    """The URL of an empty database on the embedded server."""
    server = database.engine(database.embedded_url("postgres"))
    with server.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    server.dispose()
    return database.embedded_url(name)


def _connections_file(stage: Stage) -> None:
    connection = {
        "name": NAME,
        "conn_id": CONN_ID,
        "hierarchy": story.CUSTOMER,
        "schedule": f"{stage.first.minute} {stage.first.hour} * * *",
        "rules": story.rules(),
    }
    text = yaml.safe_dump({"connections": [connection]}, sort_keys=False)
    (stage.folder / "connections.yaml").write_text(text, encoding="utf-8")


def _name_everything(stage: Stage) -> None:
    for name in [name for name in os.environ if name.startswith(("AIRFLOW", "NUMBER_INVENTORY"))]:
        if name != "NUMBER_INVENTORY_HOME":
            del os.environ[name]
    metadata = stage.metadata.replace("postgresql://", "postgresql+psycopg2://")
    os.environ |= {
        "NUMBER_INVENTORY_CONNECTIONS": str(stage.folder / "connections.yaml"),
        "NUMBER_INVENTORY_DB": stage.inventory,
        "NUMBER_INVENTORY_STORAGE": str(stage.folder),
        "AIRFLOW_HOME": str(stage.airflow_home),
        f"AIRFLOW_CONN_{CONN_ID.upper()}": _arm_connection(stage.simulator),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata,
        "PYTHONPATH": str(ROOT),
    }


def _arm_connection(simulator: Simulator) -> str:
    return json.dumps(
        {
            "conn_type": "audiocodes_arm",
            "host": simulator.host,
            "port": simulator.port,
            "login": simulator.username,
            "password": simulator.password,
            "extra": {"ca_file": str(simulator.certificate)},
        }
    )


def seed(stage: Stage) -> int:
    """Make the inventory that the story begins with, an hour before it; return its size."""
    rows = story.seed_inventory(stage.first)
    file = stage.folder / "inventory.csv"
    with file.open("w", newline="", encoding="utf-8") as sheet:
        writer = csv.DictWriter(sheet, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    with database.transaction(stage.inventory) as db:
        before = stage.first - timedelta(hours=1)
        return imports.import_file(
            db, file, actor=Actor("demo"), as_of=before, make_nodes=True
        ).imported
