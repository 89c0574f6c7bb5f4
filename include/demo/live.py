"""The week in a real Airflow, to be looked at in the browser until Ctrl-C."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from include.demo import standalone, table
from include.demo.stage import NAME, Stage, built, seed
from include.demo.standalone import Airflow, AirflowFailed
from include.inventory import database
from include.simulator import story

PORT = 8080
SYNC, RELEASE, AUDIT = f"SyncAudioCodes__{NAME}", "release_numbers", "audit_number_inventory"
DAGS = [SYNC, RELEASE, AUDIT, f"PurgeAudioCodes__{NAME}", "set_macro"]


class AlreadyRunning(Exception):
    """The demo has one set of data, and another process is at work on it."""


def tell() -> int:
    """Play the week, and keep Airflow up until Ctrl-C; whatever was started is stopped then."""
    home = database.home()
    try:
        with alone(home):
            say("Starting PostgreSQL and the simulator of a routing manager")
            with built(home / "demo", first_reading(datetime.now(UTC))) as stage:
                say("Starting Airflow; this takes a minute")
                with standalone.running(stage.airflow_home, PORT) as airflow:
                    _play(stage, airflow)
                    _show(stage, airflow)
                    threading.Event().wait()
    except KeyboardInterrupt:
        say("\nEverything has been stopped. The next demo begins anew.")
        return 0
    except (AirflowFailed, AlreadyRunning) as error:
        say(str(error))
        return 1
    return 0


def say(text: str) -> None:
    """Tell the person at the terminal what is going on."""
    print(text, flush=True)


def first_reading(now: datetime) -> datetime:
    """The instant of day 0, for a week whose last reading is over.

    Readings are at 02:00 UTC, or at 14:00 where 02:00 is too near: Airflow makes a run for the
    newest reading when the DAG is unpaused, and must not find it live, nor another one soon after.
    """
    hour = 2 if now.hour >= 4 else 14
    last = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return last - timedelta(days=story.DAYS - 1 + (last > now))


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Nobody else plays the demo on this home until the block ends. Raises AlreadyRunning."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning(f"Another demo is at work in {home}; end it first") from error
        yield


def _play(stage: Stage, airflow: Airflow) -> None:
    """The week, day by day: each list is landed, and backfilled as if it had been there in time."""
    airflow.await_dags(DAGS)
    _unpause(airflow)
    say(f"Airflow is up; seeding an inventory of {seed(stage):,} numbers")
    say(f"\nThe week, one backfill of {SYNC} a day, followed by {RELEASE} and {AUDIT}:")
    say(table.head())
    for day, instant in enumerate(story.readings(stage.first)):
        _play_day(stage, airflow, instant)
        say(table.line(day, instant, table.by_day(stage, [instant])[0]))
    stage.simulator.set_clock(None)


def _unpause(airflow: Airflow) -> None:
    """Let the DAGs run, and see the runs out that Airflow makes at once for the newest interval.

    There is nothing yet for them to change: no list, and no number.
    """
    for dag_id in DAGS:
        airflow.unpause(dag_id)
    for dag_id in (SYNC, RELEASE, AUDIT):
        airflow.await_run(dag_id, run_type="scheduled")
    airflow.await_run(AUDIT, run_type="asset_triggered")


def _play_day(stage: Stage, airflow: Airflow, instant: datetime) -> None:
    stage.land(instant)
    before = {dag_id: airflow.runs(dag_id) for dag_id in (RELEASE, AUDIT)}
    if airflow.backfill(SYNC, instant) != "success":
        raise AirflowFailed(f"The sync for {instant} failed; see {airflow.url}/dags/{SYNC}")
    for dag_id, known in before.items():
        airflow.await_run(dag_id, run_type="asset_triggered", not_in=known)


def _show(stage: Stage, airflow: Airflow) -> None:
    say(f"\nThe numbers     {airflow.url}/plugin/numbers")
    say(f"Airflow is at   {airflow.url}")
    say(f"Log in as       {standalone.USER}")
    say(f"with password   {airflow.password}")
    say("On a terminal, the same inventory:")
    say(f"  export NUMBER_INVENTORY_DB='{stage.inventory}'")
    say("  .venv/bin/numbers list --status Cooling")
    say("\nCtrl-C stops everything.")
