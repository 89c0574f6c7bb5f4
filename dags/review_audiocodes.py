"""Ask a person about what the guard withholds of one connection.

**Runs** when a sync opens a hold, and every morning while one lasts: that is the alert, and it
repeats until the hold ends. **Shows** the newest plan that is held: how many numbers of which SBC,
which rule, and a sample. **Changes** nothing by itself.

`withheld` reads the plan, and skips the rest where nothing is held · `ask` waits for a person, who
approves or rejects with a reason · `decide` does it, in that person's name.

An approval is bound to the plan that was shown: of what it withholds, what is still true is
removed, and the numbers cool for the usual days from then on.

**Who may** answer in Airflow decides; who is limited to a hierarchy node, on plans all of which is
at that node or below it.

**When it fails** nothing has been removed. `ask` fails when nobody has answered in 23 hours: no
time-out ever decides, and the next morning it asks again. `decide` fails where more is withheld by
now, or nothing any more: trigger the review again, and look at the newest plan. It fails as well
where whoever answered is limited to a node that the plan reaches outside of: somebody else decides.
"""

import logging
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG, AssetOrTimeSchedule, Param, task
from airflow.sdk.exceptions import AirflowSkipException

from include.inventory import connections, decisions, guards, limits, plans
from include.inventory.connections import ConnectionConfig
from include.orchestration import assets, inventory, reports, retries, runs, schedules

log = logging.getLogger("review_audiocodes")

# Asked every morning: the question before has ended by then.
ANSWER_WITHIN = timedelta(hours=23)


@task
def withheld(connection: str) -> dict[str, Any]:
    with inventory.transaction() as db:
        held = guards.holds(db, connection)
        if not held:
            raise AirflowSkipException(f"Nothing of {connection} is held")
        newest = plans.read(db, guards.newest_plan(held))
        removals = plans.changes(db, newest.plan, status="withheld")
        body = reports.question(newest, held, removals)
    reports.holds(held)
    return {
        "plan": newest.plan,
        "sha256": newest.sha256,
        "subject": reports.subject(newest, held),
        "body": body,
    }


@task
def decide(shown: dict[str, Any], answer: dict[str, Any], **context: Any) -> dict[str, Any]:
    decision = runs.decision(context, answer) | {"sha256": shown["sha256"]}
    person = decision["actor"].name
    with inventory.transaction() as db:
        limits.check_plan(db, person, shown["plan"])
        if answer["chosen_options"] == ["Approve"]:
            done = decisions.approve(db, shown["plan"], **decision)
            limits.check_plan(db, person, done.plan)  # a number may have been moved since
            log.info("%s approved plan %s: %s", person, shown["plan"], done.changed)
            return done.changed
        decisions.reject(db, shown["plan"], **decision)
    log.info("%s rejected plan %s; everything stays as it is", person, shown["plan"])
    return {}


def reviewing(config: ConnectionConfig) -> DAG:
    with DAG(
        dag_id=f"ReviewAudioCodes__{config.name}",
        doc_md=__doc__,
        schedule=AssetOrTimeSchedule(
            timetable=schedules.cron("0 7 * * *"), assets=[assets.hold(config.name)]
        ),
        start_date=schedules.START,
        catchup=False,
        max_active_runs=1,
        default_args=retries.DEFAULTS,
        tags=["AudioCodes", "number inventory"],
    ) as dag:
        shown = withheld(config.name)
        ask = HITLOperator(
            task_id="ask",
            subject="{{ ti.xcom_pull('withheld')['subject'] }}",
            body="{{ ti.xcom_pull('withheld')['body'] }}",
            options=["Approve", "Reject"],
            params={"reason": Param("", type="string", title="Reason")},
            response_timeout=ANSWER_WITHIN,
            retries=0,
        )
        shown >> ask >> decide(shown, ask.output)
    return dag


for configured in connections.load():
    reviewing(configured)
