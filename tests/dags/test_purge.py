"""The DAG by which a person ends all registrations of a connection."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from include.inventory import database
from tests.airflow_home import api
from tests.dags.conftest import NOW, PURGE, SYNC, USERS, Run, statuses

Runner = Callable[..., Run]
LATER = NOW + timedelta(minutes=1)
OPEN = "/api/v2/dags/~/dagRuns/~/hitlDetails?response_received=false"


@pytest.fixture
def synced(run: Runner) -> None:
    """Every registered user has its number."""
    run(SYNC)


def respond(client: Any, answer: dict[str, Any]) -> dict[str, Any]:
    """Answer the next question that a run asks, as ada; give back the question."""
    for _ in range(300):
        questions = client.get(OPEN).json()["hitl_details"]
        if questions:
            ti = questions[0]["task_instance"]
            path = f"/api/v2/dags/{ti['dag_id']}/dagRuns/{ti['dag_run_id']}/taskInstances"
            answered = client.patch(f"{path}/{ti['task_id']}/-1/hitlDetails", json=answer)
            assert answered.status_code == 200, answered.text
            return dict(questions[0])
        time.sleep(0.1)
    raise AssertionError("nobody was asked")


def purged(run: Runner, chosen: str, **form: str) -> tuple[Run, dict[str, Any]]:
    """A purge that ada decides on, and what she was asked."""
    answer = {"chosen_options": [chosen], "params_input": form}
    with ThreadPoolExecutor(1) as somebody_else:
        asked = somebody_else.submit(respond, api("ada", "admin"), answer)
        return run(PURGE, LATER), asked.result()


def test_an_approved_purge_cools_the_numbers_in_the_persons_name(run: Runner, synced: None) -> None:
    done, asked = purged(run, "Approve", reason="the SBCs are gone")
    assert asked["subject"] == f"Purge london: {USERS} numbers begin to cool"
    assert set(done.tasks.values()) == {"success"}
    assert f"ada purged london, {USERS} numbers: the SBCs are gone" in done.log
    assert statuses() == {"Cooling": USERS}
    with database.transaction() as db:
        actors = db.execute(
            text("SELECT DISTINCT actor FROM numbers.number_event WHERE to_status = 'Cooling'")
        )
        assert actors.scalars().all() == ["ada"]


def test_a_rejected_purge_changes_nothing(run: Runner, synced: None) -> None:
    done, _ = purged(run, "Reject", reason="not yet")
    assert done.tasks == {"count": "success", "approve": "success", "purge": "skipped"}
    assert statuses() == {"Used": USERS}


def test_a_purge_without_a_reason_is_refused(run: Runner, synced: None) -> None:
    done, _ = purged(run, "Approve")
    assert done.tasks["purge"] == "failed"
    assert "london is purged for a reason only" in done.log
    assert statuses() == {"Used": USERS}
