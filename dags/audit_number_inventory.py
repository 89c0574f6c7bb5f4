"""Check that the inventory keeps its rules, and put right what is known to be wrong.

**Runs** after each release, and daily. **Reads** the whole inventory and the timeline, in the
database itself. **Changes**, unless the parameter `repair` is off: Status and Usage where the
truth is known, and rows that are missing; nothing is deleted. **Leaves** a report as HTML, as
JSON, and as CSV with every offending number: see the links of the task `audit`.

**When it fails** numbers break a rule that the audit could not repair: the report names them.
Correct them, then clear the task.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, AssetOrTimeSchedule, Param, task
from airflow.sdk.exceptions import AirflowFailException

from include.orchestration import assets, inventory, reports, retries, runs, schedules, storage

# Releases run every hour, so one that is this late has been forgotten.
OVERDUE_AFTER = timedelta(hours=2)


@task
def audit(**context: Any) -> None:
    from include.inventory import audits

    ti = context["ti"]
    with inventory.transaction(isolation="REPEATABLE READ") as db:
        found = audits.audit(
            db,
            as_of=runs.as_of(context),
            actor=runs.actor(context),
            repair=context["params"]["repair"],
            overdue_after=OVERDUE_AFTER,
            report=storage.artifacts(ti.dag_id, ti.run_id, ti.try_number),
        )
    ti.xcom_push("artifacts", found.files)
    reports.audit(found)
    if not found.success:
        broken = ", ".join(f"{rule.name} ({rule.left})" for rule in found.rules if rule.left)
        raise AirflowFailException(f"The inventory breaks its rules: {broken}; see the report")


with DAG(
    dag_id="audit_number_inventory",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(timetable=schedules.cron("0 4 * * *"), assets=[assets.NUMBERS]),
    start_date=schedules.START,
    catchup=False,
    max_active_runs=1,
    default_args=retries.DEFAULTS,
    params={
        "repair": Param(
            True, type="boolean", description="Put right what is known to be wrong, then check."
        )
    },
    tags=["number inventory"],
):
    audit()
