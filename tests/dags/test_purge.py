"""The DAG by which a person ends all registrations of a connection."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from include.inventory import database
from tests.dags.conftest import NOW, PURGE, SYNC, USERS, Run, answered, limited, statuses

Runner = Callable[..., Run]
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def synced(run: Runner) -> None:
    """Every registered user has its number."""
    run(SYNC)


def purged(run: Runner, chosen: str, **form: str) -> tuple[Run, dict[str, Any]]:
    """A purge that ada decides on, and what she was asked."""
    return answered(run, PURGE, LATER, chosen, **form)


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
    assert done.tasks == {"propose": "success", "approve": "success", "purge": "skipped"}
    assert statuses() == {"Used": USERS}


def test_a_purge_without_a_reason_is_refused(run: Runner, synced: None) -> None:
    done, _ = purged(run, "Approve")
    assert done.tasks["purge"] == "failed"
    assert "is decided on for a reason only" in done.log
    assert statuses() == {"Used": USERS}


def test_a_purge_that_reaches_outside_is_not_a_limited_persons_to_approve(
    run: Runner, synced: None
) -> None:
    limited("ada", "sys.hcs.acme.paris")
    done, _ = purged(run, "Approve", reason="the SBCs are gone")
    assert done.tasks["purge"] == "failed"
    assert "reaches outside of sys.hcs.acme.paris, which is what ada sees" in done.log
    assert statuses() == {"Used": USERS}
