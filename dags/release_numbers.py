"""Give back what is due: numbers whose cooling or reservation is over become Available.

**Runs** after each sync, and every hour. **Reads** release dates, the timeline and the holds.
**Changes** every number whose release date is reached, on evidence newer than that date; a number
that is online, not read since, or in a hold stays as it is, and is counted by what keeps it.
**Tells** `audit_number_inventory`.

**When it fails** nothing has been released; the error in the log says what to do. A run that
was missed costs nothing: the next one releases what is due.
"""

import logging
from typing import Any

from airflow.sdk import DAG, AssetOrTimeSchedule, task

from include.inventory import releases
from include.orchestration import assets, inventory, retries, runs, schedules

log = logging.getLogger("release_numbers")


@task(outlets=[assets.NUMBERS])
def release(**context: Any) -> None:
    as_of = runs.as_of(context)
    with inventory.transaction() as db:
        done = releases.release(db, as_of=as_of, actor=runs.actor(context))
    log.info("%s numbers released as of %s", done.released, as_of.isoformat())
    for reason, numbers in done.kept.items():
        log.warning("%s numbers are due and stay: %s", numbers, reason)
    assets.tell(context, assets.NUMBERS, as_of, released=done.released, kept=done.kept)


with DAG(
    dag_id="release_numbers",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(timetable=schedules.cron("0 * * * *"), assets=[assets.PRESENCE]),
    start_date=schedules.START,
    catchup=False,
    max_active_runs=1,
    default_args=retries.DEFAULTS,
    tags=["number inventory"],
):
    release()
