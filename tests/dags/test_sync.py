"""The DAG that keeps numbers aligned with the registered users of one connection."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from include.inventory import database, plans
from include.inventory.errors import Interrupted
from include.simulator.server import Simulator
from tests.dags.conftest import (
    ALL_GONE,
    ALL_HERE,
    FEW,
    FEW_GONE,
    NOW,
    SYNC,
    USERS,
    Run,
    asked,
    land,
    note,
    statuses,
)

Runner = Callable[..., Run]
SOON = NOW + timedelta(minutes=1)
YESTERDAY = NOW - timedelta(days=1)
DONE = dict.fromkeys(["land", "observe", "plan", "apply", "report"], "success")
GREEN = DONE | {"held": "skipped", "alert": "skipped"}
HELD = DONE | {"held": "success", "alert": "success"}


def count(table: str) -> int:
    with database.transaction() as db:
        return int(db.execute(text(f"SELECT count(*) FROM numbers.{table}")).scalar_one())


def test_registered_users_become_used_numbers(run: Runner) -> None:
    assert run(SYNC).tasks == GREEN
    assert statuses() == {"Used": USERS}


def test_users_who_leave_make_their_numbers_cool(run: Runner, arm: Simulator) -> None:
    run(SYNC)
    arm.set_clock(FEW_GONE)
    assert run(SYNC, SOON).state == "success"
    assert statuses() == {"Used": USERS - FEW, "Cooling": FEW}


def test_events_name_the_dag_and_its_run(run: Runner) -> None:
    done = run(SYNC)
    with database.transaction() as db:
        names = db.execute(text("SELECT DISTINCT actor, dag_run FROM numbers.number_event")).all()
    assert [tuple(row) for row in names] == [(SYNC, f"{SYNC}/{done.run_id}")]


def test_running_again_for_the_same_instant_asks_nobody_and_changes_nothing(
    run: Runner, arm: Simulator
) -> None:
    run(SYNC)
    before = (asked(arm), count("number_event"), count("snapshot"))
    assert run(SYNC).tasks == GREEN
    assert (asked(arm), count("number_event"), count("snapshot")) == before


def test_a_past_instant_whose_list_was_landed_uses_it(run: Runner, arm: Simulator) -> None:
    land(arm, YESTERDAY)
    before = asked(arm)
    assert run(SYNC, YESTERDAY).tasks == GREEN
    assert asked(arm) == before
    assert statuses() == {"Used": USERS}


def test_a_past_instant_without_a_list_is_skipped_and_nobody_is_asked(
    run: Runner, arm: Simulator
) -> None:
    before = asked(arm)
    done = run(SYNC, YESTERDAY)
    assert done.tasks == dict.fromkeys(GREEN, "skipped")
    assert "ARM keeps no history: no list of london was landed" in done.log
    assert asked(arm) == before
    assert statuses() == {}


def test_a_late_list_completes_the_timeline_and_changes_no_number(
    run: Runner, arm: Simulator
) -> None:
    land(arm, YESTERDAY, listed=FEW_GONE)
    land(arm, NOW)
    run(SYNC)
    done = run(SYNC, YESTERDAY)
    assert done.tasks["observe"] == "success"
    assert {done.tasks[task] for task in ("plan", "apply", "report")} == {"skipped"}
    assert "A newer list of london is known" in done.log
    assert count("snapshot") == 2
    assert statuses() == {"Used": USERS}


def test_withheld_removals_leave_the_run_green_and_are_said_loudly(
    run: Runner, arm: Simulator
) -> None:
    run(SYNC)
    arm.set_clock(ALL_GONE)
    done = run(SYNC, SOON)
    assert (done.state, done.tasks) == ("success", HELD)
    assert "WITHHELD by the guard" in done.log
    assert "HOLD, nothing of it is removed or released: london: the list has none" in done.log
    said = str(note(done))
    assert f"**{USERS} removals are withheld**: the list has none of {USERS} numbers" in said
    assert "`numbers holds london`" in said
    assert statuses() == {"Used": USERS}


def test_a_hold_alerts_once_and_stays_seen(run: Runner, arm: Simulator) -> None:
    run(SYNC)
    arm.set_clock(ALL_GONE)
    run(SYNC, SOON)
    again = run(SYNC, SOON + timedelta(minutes=1))
    assert again.tasks == HELD | {"alert": "skipped"}
    arm.set_clock(ALL_HERE)
    well = run(SYNC, SOON + timedelta(minutes=2))
    assert (well.tasks, note(well)) == (GREEN, None)


def test_a_refused_login_fails_at_once_and_is_not_tried_again(
    run: Runner, arm: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = {"host": arm.host, "port": arm.port, "login": "arm", "password": "wrong"}
    extra = {"ca_file": str(arm.certificate)}
    monkeypatch.setenv("AIRFLOW_CONN_ARM_LONDON", json.dumps(connection | {"extra": extra}))
    before = asked(arm)
    done = run(SYNC)
    assert done.tasks["land"] == "failed"
    assert asked(arm) == before + 1
    assert "check login, password and authentication" in decisions(done.log)[-1]
    assert "wrong" not in done.log


def decisions(log: str) -> list[str]:
    """The lines that say what becomes of a failed task, and why."""
    return [line for line in log.splitlines() if "Retry policy decision" in line]


def test_a_connection_that_airflow_does_not_know_is_named(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_ARM_LONDON")
    done = run(SYNC)
    assert done.tasks["land"] == "failed"
    assert "There is no Airflow connection arm_london" in decisions(done.log)[-1]


def test_a_task_that_ends_after_its_work_is_done_converges_when_tried_again(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply, tries = plans.apply, []

    def interrupted_once(db: Any, plan_id: int, **more: Any) -> Any:
        done = apply(db, plan_id, **more)
        tries.append(plan_id)
        if len(tries) == 1:
            db.commit()
            raise Interrupted("the first try ends here")
        return done

    monkeypatch.setattr(plans, "apply", interrupted_once)
    done = run(SYNC)
    assert len(tries) == 2
    assert "the first try ends here" in decisions(done.log)[-1]
    assert done.tasks == GREEN
    assert statuses() == {"Used": USERS}
    assert count("number_event") == USERS


def test_a_url_may_name_the_place_of_landed_lists(
    run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("NUMBER_INVENTORY_STORAGE", (tmp_path / "bucket").as_uri())
    assert run(SYNC).tasks == GREEN
    assert list((tmp_path / "bucket" / "landing").rglob("manifest.json"))
