"""End all registrations of one connection, by a person's decision, and let its numbers cool.

For a routing manager that is switched off for good, or that nobody can read any more: without it
no number of its own would ever be released. **Changes** every AudioCodes number that no other
connection lists: it cools for the usual days, and none becomes Available before they are over.

`count` tries it out and undoes it · `approve` waits for a person, who sees the figures and gives a
reason · `purge` does it, in that person's name.

**When it fails** nothing has been purged. It is refused where more numbers are concerned than
were approved: trigger it again, and look at the new figure. A list that is read after a purge
brings the connection back.
"""

import logging
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param, task

from include.inventory import connections, purges
from include.inventory.connections import ConnectionConfig
from include.inventory.errors import Refused
from include.orchestration import inventory, retries, runs, schedules

log = logging.getLogger("purge_audiocodes")

SUBJECT = "Purge {name}: {{{{ ti.xcom_pull('count') }}}} numbers begin to cool"
BODY = """\
All registrations of **{name}** end at {{{{ dag_run.run_after }}}}, and
**{{{{ ti.xcom_pull('count') }}}} numbers** that no other connection lists begin to cool.

They are used by devices that nothing else vouches for. A list read from {name} after this brings
those back that are online.
"""


@task
def count(connection: str, **context: Any) -> int:
    with inventory.transaction() as db, db.begin_nested() as trial:
        connections.register(db, connections.load())
        applied = purges.purge(db, connection, as_of=runs.as_of(context), actor=runs.actor(context))
        trial.rollback()
    return sum(applied.changed.values())


@task
def purge(
    connection: str, counted: int, approval: dict[str, Any], **context: Any
) -> dict[str, int]:
    reason = approval["params_input"].get("reason", "").strip()
    if not reason:
        raise Refused(f"{connection} is purged for a reason only; approve it again, and give one")
    person = approval["responded_by_user"]["name"]
    with inventory.transaction() as db:
        connections.register(db, connections.load())
        applied = purges.purge(
            db, connection, as_of=runs.as_of(context), actor=runs.actor(context, person)
        )
        changed = sum(applied.changed.values())
        if changed > counted:
            raise Refused(
                f"{counted} numbers of {connection} were approved to cool, and now it would be "
                f"{changed}; trigger the purge again"
            )
    log.info("%s purged %s, %s numbers: %s", person, connection, changed, reason)
    return applied.changed


def purging(config: ConnectionConfig) -> DAG:
    with DAG(
        dag_id=f"PurgeAudioCodes__{config.name}",
        doc_md=__doc__,
        schedule=None,
        start_date=schedules.START,
        max_active_runs=1,
        default_args=retries.DEFAULTS,
        tags=["AudioCodes", "number inventory"],
    ) as dag:
        counted = count(config.name)
        approve = ApprovalOperator(
            task_id="approve",
            subject=SUBJECT.format(name=config.name),
            body=BODY.format(name=config.name),
            params={"reason": Param("", type="string", title="Reason")},
        )
        counted >> approve >> purge(config.name, counted, approve.output)
    return dag


for configured in connections.load():
    purging(configured)
