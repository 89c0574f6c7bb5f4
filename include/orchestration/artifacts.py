"""Reports that audits left behind: which runs of Airflow have one, and what is in it."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import StringIO
from itertools import islice
from typing import Any

from include.orchestration import storage

DAG, TASK = "audit_number_inventory", "audit"
FILES = {"html": "audit.html", "json": "audit.json", "csv": "violations.csv"}


@dataclass(frozen=True)
class Report:
    """What one try of an audit's task left: its place in Airflow, and the audit as it was."""

    dag_id: str
    run_id: str
    try_number: int
    audit: dict[str, Any]

    @property
    def as_of(self) -> datetime:
        """The instant that the audit stands for."""
        return datetime.fromisoformat(self.audit["as_of"])

    def left(self, rule: str) -> int:
        """How many numbers broke a rule and were not repaired."""
        return sum(one["left"] for one in self.audit["rules"] if one["name"] == rule)


def newest(dag_id: str = DAG, *, before: datetime | None = None, most: int = 30) -> list[Report]:
    """The reports of the newest runs of an audit, the newest first; of each run, the last try's.

    ``before`` leaves out runs that were to begin at that instant or after it.
    """
    return [found for run in _runs(dag_id, before, most) if (found := of(dag_id, *run)) is not None]


def of(dag_id: str, run_id: str, try_number: int) -> Report | None:
    """The report of a try; None where it left none."""
    audit = _audit(dag_id, run_id, try_number)
    return None if audit is None else Report(dag_id, run_id, try_number, audit)


def last_try(dag_id: str, run_id: str, task_id: str = TASK) -> int | None:
    """The newest try of a task in a run; None where there is no such task."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    wanted = select(TaskInstance.try_number).filter_by(
        dag_id=dag_id, run_id=run_id, task_id=task_id
    )
    with create_session() as session:
        return session.execute(wanted).scalars().first()


def violations(report: Report, most: int) -> Iterator[dict[str, str]]:
    """The first numbers that broke a rule, as the report's CSV has them."""
    file = storage.artifacts(report.dag_id, report.run_id, report.try_number) / FILES["csv"]
    with file.open("rb") as source:
        head = source.read(400 * most).decode("utf-8", "replace")
    rows = csv.DictReader(StringIO(head, newline=""))
    yield from islice((row for row in rows if None not in row.values()), most)


def _runs(dag_id: str, before: datetime | None, most: int) -> list[tuple[str, int]]:
    """The newest runs of an audit, and the last try of each."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    wanted = (
        select(DagRun.run_id, TaskInstance.try_number)
        .join(
            TaskInstance,
            (TaskInstance.dag_id == DagRun.dag_id) & (TaskInstance.run_id == DagRun.run_id),
        )
        .where(DagRun.dag_id == dag_id, TaskInstance.task_id == TASK, TaskInstance.try_number > 0)
        .order_by(DagRun.run_after.desc())
        .limit(most)
    )
    if before is not None:
        wanted = wanted.where(DagRun.run_after < before)
    with create_session() as session:
        return [(row.run_id, row.try_number) for row in session.execute(wanted)]


def _audit(dag_id: str, run_id: str, try_number: int) -> dict[str, Any] | None:
    file = storage.artifacts(dag_id, run_id, try_number) / FILES["json"]
    return _read(str(file)) if file.exists() else None


@lru_cache(maxsize=256)
def _read(address: str) -> dict[str, Any]:
    """A report never changes: it is read once."""
    return dict(json.loads(storage.path(address).read_text(encoding="utf-8")))
