"""End all registrations of one connection, by a person's decision, and let its numbers cool.

For a routing manager that is switched off for good, or that nobody can read any more: without it
no number of its own would ever be released. **Changes** every AudioCodes number that no other
connection lists: it cools for the usual days, and none becomes Available before they are over.

`propose` makes a plan of it, all of which is withheld · `approve` waits for a person, who sees the
figures and gives a reason · `purge` carries the plan out, in that person's name.

**Who may** answer in Airflow decides; who is limited to a hierarchy node, on plans all of which is
at that node or below it.

**When it fails** nothing has been purged. It is refused where other numbers are concerned than
were approved, or where the connection has been read since: trigger it again, and look at the new
figures. It is refused as well where whoever approved it is limited to a node that the plan reaches
outside of: somebody else decides. A list that is read after a purge brings the connection back.
"""

import logging
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param, task

from include.inventory import connections, decisions, limits, purges
from include.inventory.connections import ConnectionConfig
from include.orchestration import inventory, retries, runs, schedules

log = logging.getLogger("purge_audiocodes")

SUBJECT = "Purge {name}: {{{{ ti.xcom_pull('propose')['numbers'] }}}} numbers begin to cool"
BODY = """\
Plan {{{{ ti.xcom_pull('propose')['plan'] }}}}: all registrations of **{name}** end, and
**{{{{ ti.xcom_pull('propose')['numbers'] }}}} numbers** that no other connection lists begin to
cool.

They are used by devices that nothing else vouches for. A list read from {name} after this brings
those back that are online.
"""


@task
def propose(connection: str, **context: Any) -> dict[str, Any]:
    with inventory.transaction() as db:
        connections.register(db, connections.load())
        proposed = purges.propose(db, connection, as_of=runs.as_of(context))
    numbers = sum(proposed.withheld.values())
    return {"plan": proposed.plan, "sha256": proposed.sha256, "numbers": numbers}


@task
def purge(
    connection: str, proposed: dict[str, Any], answer: dict[str, Any], **context: Any
) -> dict[str, int]:
    decision = runs.decision(context, answer)
    person = decision["actor"].name
    with inventory.transaction() as db:
        connections.register(db, connections.load())
        limits.check_plan(db, person, proposed["plan"])
        applied = decisions.approve(db, proposed["plan"], sha256=proposed["sha256"], **decision)
        limits.check_plan(db, person, applied.plan)  # a number may have been moved since
    log.info(
        "%s purged %s, %s numbers: %s",
        person,
        connection,
        sum(applied.changed.values()),
        decision["reason"],
    )
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
        proposed = propose(config.name)
        approve = ApprovalOperator(
            task_id="approve",
            subject=SUBJECT.format(name=config.name),
            body=BODY.format(name=config.name),
            params={"reason": Param("", type="string", title="Reason")},
        )
        proposed >> approve >> purge(config.name, proposed, approve.output)
    return dag


for configured in connections.load():
    purging(configured)
