"""Reports that audits left behind: which runs of Airflow have one, and what is in it."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from io import StringIO
from itertools import islice
from typing import Any

from include.orchestration import storage

DAG, TASK = "audit_number_inventory", "audit"
# How often older runs are looked through where newer ones have left no report.
MOST_LOOKS = 10
FILES = {"html": "audit.html", "json": "audit.json", "csv": "violations.csv"}


@dataclass(frozen=True)
class Report:
    """What one try of an audit's task left: its place in Airflow, and the audit as it was.

    ``run_after`` is when its run was to begin, in a list of them.
    """

    dag_id: str
    run_id: str
    try_number: int
    audit: dict[str, Any]
    run_after: datetime | None = None

    @property
    def as_of(self) -> datetime:
        """The instant that the audit stands for."""
        return datetime.fromisoformat(self.audit["as_of"])

    def left(self, rule: str) -> int:
        """How many numbers broke a rule and were not repaired."""
        return sum(one["left"] for one in self.audit["rules"] if one["name"] == rule)


def newest(dag_id: str = DAG, *, before: datetime | None = None, most: int = 30) -> list[Report]:
    """The reports of the newest runs of an audit that left one, the newest first; of each run, its
    newest.

    ``before`` leaves out runs that were to begin at that instant or after it.
    """
    found: list[Report] = []
    for _ in range(MOST_LOOKS):
        runs = _runs(dag_id, before, most)
        for run_id, try_number, run_after in runs:
            report = last(dag_id, run_id, try_number)
            found += [] if report is None else [replace(report, run_after=run_after)]
        if len(runs) < most or len(found) >= most:
            break
        before = runs[-1][-1]
    return found[:most]


def of(dag_id: str, run_id: str, try_number: int) -> Report | None:
    """The report of a try; None where it left none."""
    audit = _audit(dag_id, run_id, try_number)
    return None if audit is None else Report(dag_id, run_id, try_number, audit)


def last(dag_id: str, run_id: str, try_number: int) -> Report | None:
    """The report of a try, or of the newest one before it that left any; None without one."""
    tries = (of(dag_id, run_id, number) for number in range(try_number, 0, -1))
    return next((report for report in tries if report is not None), None)


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


def _runs(dag_id: str, before: datetime | None, most: int) -> list[tuple[str, int, datetime]]:
    """The newest runs of an audit, the last try of each, and when it was to begin."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    wanted = (
        select(DagRun.run_id, TaskInstance.try_number, DagRun.run_after)
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
        rows = session.execute(wanted)
        return [(row.run_id, row.try_number, row.run_after) for row in rows]


def _audit(dag_id: str, run_id: str, try_number: int) -> dict[str, Any] | None:
    file = storage.artifacts(dag_id, run_id, try_number) / FILES["json"]
    return _read(str(file)) if file.exists() else None


@lru_cache(maxsize=256)
def _read(address: str) -> dict[str, Any]:
    """A report never changes: it is read once."""
    return dict(json.loads(storage.path(address).read_text(encoding="utf-8")))
