"""Keep the numbers of one AudioCodes Routing Manager aligned with its registered users.

**Reads** the complete list of registered users: the one landed for the run's instant, else, for
the present only, ARM itself. **Changes** the inventory: numbers that are online become Used by a
Device of AudioCodes, those that are online no more begin to cool. **Leaves** the landed list, the
plan and its events, and tells `release_numbers`.

`land` fetches the list · `observe` lays it into the timeline · `plan` computes the difference ·
`apply` makes it · `report` says what changed. `held` is skipped in most runs: where it is green,
the guard withholds removals, and the run's note says why; `alert` is green where this run opened
the hold, and starts `ReviewAudioCodes`.

**When it fails** nothing has changed beyond the steps that are green; the error in the log
says what to do. Clear the failed task to go on from there. A run is *skipped* where the list of a
past instant was never landed (ARM keeps no history), and its plan where a newer list is known.
Removals that are *withheld* do not fail the run, and the next one goes on: see `held`.
"""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException

from include.inventory import connections, plans, snapshots, timeline
from include.inventory.connections import ConnectionConfig
from include.inventory.errors import NotFound, NothingLanded
from include.orchestration import (
    assets,
    inventory,
    reports,
    retries,
    runs,
    schedules,
    sources,
    storage,
)


@task
def land(connection: str, **context: Any) -> dict[str, Any]:
    from include.inventory import syncs

    config = connections.find(connection)
    try:
        snapshot = syncs.obtain(
            storage.root(),
            config,
            runs.as_of(context),
            read=lambda land: syncs.live(config, sources.settings, land),
            now=datetime.now(UTC),
            live_within=timedelta(0) if runs.is_backfill(context) else syncs.LIVE_WITHIN,
        )
    except NothingLanded as error:
        raise AirflowSkipException(str(error)) from error
    reports.landed(snapshot)
    return {
        "path": snapshot.path,
        "registered_users": snapshot.registered_users,
        "rejected": dict(snapshot.rejected),
        "examples": dict(snapshot.examples),
        "doubtful": snapshot.doubtful,
        "evidence": dict(snapshot.evidence),
    }


@task
def observe(connection: str, **context: Any) -> dict[str, Any]:
    as_of = runs.as_of(context)
    snapshot = snapshots.landed(storage.root(), connection, as_of)
    if snapshot is None:
        raise NotFound(f"The list of {connection} for {as_of} is gone; clear the task land")
    with inventory.transaction() as db:
        connections.register(db, connections.load())
        observed = timeline.observe(db, snapshot, storage.path(snapshot.path))
    reports.observed(observed)
    return asdict(observed)


@task
def plan(connection: str, observed: dict[str, Any]) -> int:
    if not observed["newest"]:
        raise AirflowSkipException(
            f"A newer list of {connection} is known: this one completes the timeline, and the "
            "inventory stays as it is"
        )
    with inventory.transaction() as db:
        return plans.compute(db, connection).plan


@task
def apply(plan_id: int, **context: Any) -> None:
    with inventory.transaction() as db:
        plans.apply(db, plan_id, actor=runs.actor(context))


@task(outlets=[assets.PRESENCE])
def report(plan_id: int, landed: dict[str, Any], **context: Any) -> None:
    with inventory.transaction() as db:
        applied = plans.read(db, plan_id)
    reports.sync(applied, landed)
    assets.tell(
        context,
        assets.PRESENCE,
        runs.as_of(context),
        connection=applied.connection,
        plan=plan_id,
        registered_users=landed["registered_users"],
        changes=applied.changes,
        withheld=applied.withheld,
        findings=applied.findings,
    )


@task
def held(plan_id: int) -> dict[str, Any]:
    with inventory.transaction() as db:
        computed = plans.read(db, plan_id)
    if not computed.holds:
        raise AirflowSkipException(f"Nothing of {computed.connection} is held")
    reports.holds(computed.holds)
    return {
        "note": reports.note(computed.holds),
        "opened": [hold.reason for hold in computed.holds if hold.since == computed.as_of],
        "withheld": sum(computed.withheld.values()),
    }


def alert(connection: str, found: dict[str, Any], **context: Any) -> None:
    if not found["opened"]:
        raise AirflowSkipException("No new hold: the review of the open one asks every day")
    assets.tell(
        context,
        assets.hold(connection),
        runs.as_of(context),
        reasons=found["opened"],
        withheld=found["withheld"],
    )


def sync(config: ConnectionConfig) -> DAG:
    with DAG(
        dag_id=f"SyncAudioCodes__{config.name}",
        doc_md=__doc__,
        schedule=schedules.of(config),
        start_date=schedules.START,
        catchup=False,
        max_active_runs=1,
        default_args=retries.DEFAULTS,
        tags=["AudioCodes", "number inventory"],
    ) as dag:
        landed = land(config.name)
        observed = observe(config.name)
        planned = plan(config.name, observed)
        landed >> observed
        reported = report(planned, landed)
        apply(planned) >> reported
        found = held(planned)
        reported >> found
        task(alert, outlets=[assets.hold(config.name)])(config.name, found)
    return dag


for configured in connections.load():
    sync(configured)
