"""Audits: the verdict of each run, its trend, and what one of them found."""

from typing import Annotated, Any

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import APIRouter, Depends, Query, Request, Response

from include.inventory.errors import NotFound
from include.orchestration import artifacts
from include.orchestration.artifacts import Report
from include.web.api.access import authenticated
from include.web.api.values import Instant
from include.web.audits import unlimited
from include.web.pages import rendering
from include.web.pages.visitors import Reading, Visitor

MOST_RUNS = 30
SHOWN = 100

router = APIRouter(dependencies=[Depends(authenticated), Depends(unlimited)])

_INSTANCES = DagAccessEntity.TASK_INSTANCE
OF_ALL = [Depends(requires_access_dag("GET", _INSTANCES, param_dag_id=artifacts.DAG))]
OF_ONE = [Depends(requires_access_dag("GET", _INSTANCES))]


@router.get("/audits", dependencies=OF_ALL)
def audits(
    visitor: Reading, request: Request, before: Annotated[Instant | None, Query()] = None
) -> Response:
    """The newest audits, and how many numbers broke a rule in each."""
    found = artifacts.newest(before=before, most=MOST_RUNS + 1)
    values = {"reports": found[:MOST_RUNS], "more": len(found) > MOST_RUNS, "before": before}
    return rendering.page(request, visitor, "audits.html", **values)


@router.get("/audits/{dag_id}/{run_id:path}/{task_id}/tab", dependencies=OF_ONE)
def tab(visitor: Reading, request: Request, dag_id: str, run_id: str, task_id: str) -> Response:
    """What a task of a run left, beside Airflow's own tabs: for an audit, the newest report."""
    latest = artifacts.last_try(dag_id, run_id, task_id)
    report = None if latest is None else artifacts.last(dag_id, run_id, latest)
    return _shown(request, visitor, report, tab=True)


@router.get("/audits/{dag_id}/{run_id:path}/{try_number}", dependencies=OF_ONE)
def audit(
    visitor: Reading, request: Request, dag_id: str, run_id: str, try_number: int
) -> Response:
    """What one try of an audit found, repaired and left."""
    report = artifacts.of(dag_id, run_id, try_number)
    if report is None:
        raise NotFound(f"Try {try_number} of {run_id} left no report")
    return _shown(request, visitor, report, tab=False)


def _shown(request: Request, visitor: Visitor, report: Report | None, *, tab: bool) -> Response:
    values: dict[str, Any] = {"report": report, "embedded": tab, "shown": SHOWN}
    if report is not None:
        values["offending"] = list(artifacts.violations(report, SHOWN))
        values["earlier"] = artifacts.newest(report.dag_id, most=MOST_RUNS)
    return rendering.page(request, visitor, "audit.html", **values)
