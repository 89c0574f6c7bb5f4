"""When DAGs run next: as Airflow's scheduler has it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Upcoming:
    """The next run of a DAG by its schedule; None where nothing is to come. Paused, it waits."""

    when: datetime | None
    paused: bool


def upcoming(dag_ids: Iterable[str]) -> dict[str, Upcoming]:
    """The next run of each of these DAGs that Airflow knows."""
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    wanted = select(DagModel.dag_id, DagModel.next_dagrun_create_after, DagModel.is_paused).where(
        DagModel.dag_id.in_(list(dag_ids)), DagModel.is_stale.is_(False)
    )
    with create_session() as session:
        rows = session.execute(wanted).all()
    return {dag_id: Upcoming(when, bool(paused)) for dag_id, when, paused in rows}
