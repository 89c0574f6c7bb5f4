"""The reports of audits: HTML for a person, JSON for a program, CSV for a spreadsheet."""

from typing import Literal

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import APIRouter, Depends, HTTPException, Response

from include.orchestration import storage
from include.orchestration.artifacts import FILES
from include.web.api import sessions

# A report is somebody's data in a page of ours: it may be looked at, and do nothing.
INERT = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"

HEADERS = {
    "html": {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": INERT},
    "json": {"Content-Type": "application/json"},
    "csv": {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="violations.csv"',
    },
}

router = APIRouter()


def unlimited(user: GetUserDep) -> None:
    """Nothing, for who sees the whole inventory, which a report is of; 403 for others."""
    with sessions.reading(str(user.get_name())) as session:
        if session.limit is not None:
            raise HTTPException(403, f"You see {session.limit} alone, and a report is of all nodes")


@router.get(
    "/audits/{dag_id}/{run_id:path}/{try_number}/report.{form}",
    dependencies=[
        Depends(requires_access_dag("GET", DagAccessEntity.TASK_INSTANCE)),
        Depends(unlimited),
    ],
)
def report(
    dag_id: str, run_id: str, try_number: int, form: Literal["html", "json", "csv"]
) -> Response:
    """One file of the report that a try of an audit's task left; 404 where it left none.

    Only for who may see the task instances of that DAG, and all hierarchy nodes.
    """
    file = storage.artifacts(dag_id, run_id, try_number) / FILES[form]
    if not file.exists():
        raise HTTPException(404, f"Try {try_number} of {run_id} left no report")
    headers = {"X-Content-Type-Options": "nosniff"} | HEADERS[form]
    return Response(file.read_bytes(), headers=headers)
