"""The week in one process: the same DAGs, run by `dag.test()`, and every figure checked."""

import atexit
import json
import os
import shutil
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from include.demo import table
from include.demo.stage import NAME, Stage, built, seed
from include.simulator import story

FIRST = datetime(2025, 3, 3, 2, tzinfo=UTC)
DAILY = (f"SyncAudioCodes__{NAME}", "release_numbers")
AUDIT = "audit_number_inventory"
DARK_DAY = 5


def tell() -> int:
    """Play the week and compare it; 0 where every figure is what the simulator's script implies."""
    home = tempfile.mkdtemp(prefix="number-inventory-smoke-")
    # Handlers run last in, first out: by then the server in it has been stopped by its own.
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["NUMBER_INVENTORY_HOME"] = home
    print("Starting PostgreSQL and the simulator", flush=True)
    with built(Path(home) / "demo", FIRST) as stage:
        print(f"Seeded {seed(stage):,} numbers; preparing Airflow's database", flush=True)
        dags = _dags()
        print(table.head(), flush=True)
        audits = [_day(stage, dags, day) for day in range(story.DAYS)]
        return _verdict(stage, audits)


def _day(stage: Stage, dags: Any, day: int) -> dict[str, int]:
    """Play one day; return how many numbers broke each rule of the audit at its end."""
    instant = story.readings(FIRST)[day]
    stage.land(instant)
    for dag_id in DAILY:
        _succeed(dags[dag_id], instant)
    broken = _audit(dags[AUDIT], instant)
    print(table.line(day, instant, table.by_day(stage, [instant])[0]), flush=True)
    return broken


def _dags() -> Any:
    """The DAGs by their ids, in an Airflow that is ready to run them here."""
    os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
    from airflow.dag_processing.dagbag import DagBag
    from airflow.utils import db

    db.initdb()
    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    if bag.import_errors:
        raise SystemExit(f"The DAGs cannot be imported: {bag.import_errors}")
    for dag in bag.dags.values():
        for step in dag.tasks:
            step.retries = 0  # an outage here does not pass
    return bag.dags


def _succeed(dag: Any, instant: datetime) -> None:
    run, log = _run(dag, instant)
    if run.state != "success":
        raise SystemExit(f"{log}\n{dag.dag_id} ended as {run.state} for {instant.isoformat()}")


def _audit(dag: Any, instant: datetime) -> dict[str, int]:
    """How many numbers are left that break a rule, by rule, as the audit's own report has it."""
    from include.orchestration import storage

    run, log = _run(dag, instant)
    report = json.loads((storage.artifacts(AUDIT, run.run_id, 1) / "audit.json").read_text())
    broken = {rule["name"]: rule["left"] for rule in report["rules"] if rule["left"]}
    if (run.state == "success") == bool(broken):
        raise SystemExit(f"{log}\n{AUDIT} ended as {run.state} for {instant.isoformat()}: {broken}")
    return broken


def _run(dag: Any, instant: datetime) -> tuple[Any, str]:
    """The finished run of a DAG for an instant, and what it logged."""
    with redirect_stdout(StringIO()) as log, redirect_stderr(log):
        return dag.test(run_after=instant, logical_date=instant), log.getvalue()


def _verdict(stage: Stage, audits: list[dict[str, int]]) -> int:
    instants = story.readings(FIRST)
    figures, wanted = table.by_day(stage, instants), story.expected(FIRST)
    differences = [
        f"Day {day}: {name} is {found[name]:,}, and the script implies {right[name]:,}"
        for day, (found, right) in enumerate(zip(figures, wanted, strict=True))
        for name in table.HEAD
        if found[name] != right[name]
    ]
    differences += [
        f"Day {day}: the audit finds {broken}, and the script implies {right}"
        for day, (broken, right) in enumerate(zip(audits, _offences(wanted), strict=True))
        if broken != right
    ]
    print("\n".join(differences) or "Every figure is what the simulator's script implies.")
    return 1 if differences else 0


def _offences(wanted: list[dict[str, int]]) -> list[dict[str, int]]:
    """What an audit must find each day: the conflicts, and what the held SBC does not list."""
    days = [{"registration_has_its_row": figures["conflicts"]} for figures in wanted]
    days[DARK_DAY]["audiocodes_is_registered"] = len(story.cast().dark)
    return days
