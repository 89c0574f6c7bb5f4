"""The DAG that asks a person about what the guard withholds."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from include.inventory import database, guards
from include.simulator.server import Simulator
from tests.dags.conftest import (
    ALL_GONE,
    ALL_HERE,
    NOW,
    REVIEW,
    SYNC,
    USERS,
    Run,
    answered,
    limited,
    note,
    statuses,
    with_rules,
)

Runner = Callable[..., Run]
LONDON = "sys.hcs.acme.london"
SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)


@pytest.fixture
def dark(run: Runner, arm: Simulator) -> None:
    """Every registered user has its number, and the newest list has none of them."""
    run(SYNC)
    arm.set_clock(ALL_GONE)
    run(SYNC, SOON)


def held() -> list[guards.Hold]:
    with database.transaction() as db:
        return guards.holds(db)


def test_where_nothing_is_held_nobody_is_asked(run: Runner) -> None:
    run(SYNC)
    done = run(REVIEW, SOON)
    assert done.tasks == dict.fromkeys(["withheld", "ask", "decide"], "skipped")


def test_an_approval_removes_what_was_shown_in_the_persons_name(run: Runner, dark: None) -> None:
    done, asked = answered(run, REVIEW, LATER, "Approve", reason="the office has closed")
    assert asked["subject"] == f"london: {USERS} numbers vanished. Remove them?"
    body = asked["body"]
    assert f"| SBC\\-LON\\-1 | {USERS} |" in body
    assert f"the list has none of {USERS} numbers" in body
    everything = rf"\[All {USERS} numbers\]\(/number-inventory/plans/\d+\?status=withheld#changes\)"
    assert re.search(everything, body)
    assert body.count("offline since") == 10
    assert set(done.tasks.values()) == {"success"}
    assert (statuses(), held()) == ({"Cooling": USERS}, [])
    with database.transaction() as db:
        found = db.execute(
            text(
                "SELECT DISTINCT actor, detail ->> 'approved_because' FROM numbers.number_event "
                "WHERE to_status = 'Cooling'"
            )
        )
        assert [tuple(row) for row in found] == [("ada", "the office has closed")]


def test_changed_rules_are_asked_about_though_nothing_is_missing(
    run: Runner, arm: Simulator
) -> None:
    run(SYNC)
    with_rules("{international_prefix: '00'}")
    changed = run(SYNC, SOON)
    assert (changed.tasks["held"], changed.tasks["alert"]) == ("success", "success")
    said = note(changed)
    assert said
    assert said.startswith("**Nothing is removed or released**: the list was read by other rules")
    _, asked = answered(run, REVIEW, SOON, "Approve", reason="00 is what is dialled")
    assert asked["subject"] == (
        "london is held (changed rules), and nothing is missing yet. End the hold?"
    )
    assert "removes nothing. The guard distrusts that" in asked["body"]
    assert "**Approve** ends the hold" in asked["body"]
    assert f"/plans?connection=london) create and claim since {SOON:%Y-%m-%d}" in asked["body"]
    assert held() == []
    assert run(SYNC, LATER).tasks["held"] == "skipped"
    assert statuses() == {"Used": USERS}


def test_a_rejection_is_kept_and_changes_nothing(run: Runner, dark: None) -> None:
    done, _ = answered(run, REVIEW, LATER, "Reject", reason="the SBC restarts")
    assert set(done.tasks.values()) == {"success"}
    assert (statuses(), len(held())) == ({"Used": USERS}, 1)
    with database.transaction() as db:
        found = db.execute(text("SELECT decision, decided_by, reason FROM numbers.decision"))
        assert [tuple(row) for row in found] == [("rejected", "ada", "the SBC restarts")]


@pytest.mark.parametrize("chosen", ["Approve", "Reject"])
def test_a_plan_that_reaches_outside_is_not_a_limited_persons_to_decide(
    run: Runner, dark: None, chosen: str
) -> None:
    limited("ada", "sys.hcs.acme.paris")
    done, _ = answered(run, REVIEW, LATER, chosen, reason="the office has closed")
    assert done.tasks["decide"] == "failed"
    assert "reaches outside of sys.hcs.acme.paris, which is what ada sees" in done.log
    assert (statuses(), len(held())) == ({"Used": USERS}, 1)
    with database.transaction() as db:
        assert db.execute(text("SELECT count(*) FROM numbers.decision")).scalar_one() == 0


def test_what_has_left_a_limited_persons_part_is_not_removed(run: Runner, dark: None) -> None:
    limited("ada", LONDON)
    with database.transaction() as db:
        one = "(SELECT min(number_id) FROM numbers.number)"
        moved = f"UPDATE numbers.number SET hierarchy = 'sys.hcs.acme' WHERE number_id = {one}"
        db.execute(text(moved))
    done, _ = answered(run, REVIEW, LATER, "Approve", reason="the office has closed")
    assert done.tasks["decide"] == "failed"
    assert f"reaches outside of {LONDON}, which is what ada sees" in done.log
    assert (statuses(), len(held())) == ({"Used": USERS}, 1)


def test_who_is_limited_decides_on_what_is_there(run: Runner, dark: None) -> None:
    limited("ada", LONDON)
    done, _ = answered(run, REVIEW, LATER, "Approve", reason="the office has closed")
    assert (done.tasks["decide"], statuses()) == ("success", {"Cooling": USERS})


def test_an_approval_needs_a_reason(run: Runner, dark: None, arm: Simulator) -> None:
    done, _ = answered(run, REVIEW, LATER, "Approve")
    assert done.tasks["decide"] == "failed"
    assert "is decided on for a reason only" in done.log
    arm.set_clock(ALL_HERE)
    run(SYNC, LATER)
    assert run(REVIEW, LATER + timedelta(minutes=1)).tasks["ask"] == "skipped"
    assert statuses() == {"Used": USERS}
