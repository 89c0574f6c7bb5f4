"""Which plan a run of a sync made: as its task told Airflow."""

from typing import Any

TASK = "plan"


def plan_of(dag_id: str, run_id: str) -> int | None:
    """The plan of a run; None where it made none, or is no run of a sync."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    wanted = select(XComModel.value).filter_by(
        dag_id=dag_id, run_id=run_id, task_id=TASK, key="return_value"
    )
    with create_session() as session:
        found: Any = session.execute(wanted).scalars().first()
    try:
        return None if found is None else int(found)
    except (TypeError, ValueError):
        return None
