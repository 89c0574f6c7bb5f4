"""The note on a sync's run: what the guard holds, where the list of runs shows it.

A task cannot write it; the scheduler calls this when a run has succeeded, in its own transaction.
"""

from typing import Any

from airflow.listeners import hookimpl

PREFIX, TASK = "SyncAudioCodes__", "held"


@hookimpl
def on_dag_run_success(dag_run: Any, msg: str) -> None:  # noqa: ARG001 - the interface's
    """Put what the task `held` found into the note of its run, where nobody has written one."""
    if not dag_run.dag_id.startswith(PREFIX) or dag_run.note:
        return
    from airflow.models.xcom import XComModel
    from sqlalchemy.orm import object_session

    session = object_session(dag_run)
    if session is None:
        return
    found = session.scalars(
        XComModel.get_many(
            run_id=dag_run.run_id, key="return_value", task_ids=TASK, dag_ids=dag_run.dag_id
        )
    ).first()
    if found is not None:
        dag_run.note = XComModel.deserialize_value(found)["note"]
