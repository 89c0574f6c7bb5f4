"""What happens while something is held is no evidence, whichever connection it is held at."""

from datetime import timedelta

from sqlalchemy import Connection, text

from include.inventory import guards, plans, releases
from include.inventory.events import Actor
from tests.integration.factories import NOON, a_connection, a_macro, a_user, observed, row

DAY = timedelta(days=1)
ME = Actor("tester")
OTHERS = [f"+4420794602{digit:02}" for digit in range(20)]
B1 = [a_user(f"+4420794603{digit:02}", nodeName="B-1") for digit in range(9)]
B2 = [a_user(f"+4420794604{digit:02}", nodeName="B-2") for digit in range(9)]
N = "1001"


def observe(db, users, day, name):
    observed(db, a_connection(db, name), NOON + day * DAY, users)


def synced(db, users, day, name):
    observe(db, users, day, name)
    plan = plans.compute(db, name)
    plans.apply(db, plan.plan, actor=ME)
    return plan


def test_absence_in_the_hold_of_the_last_connection_is_no_evidence(db: Connection) -> None:
    synced(db, [*OTHERS, N], 0, "A")
    synced(db, [*B1, *B2, a_user(N, nodeName="B-1")], 0, "B")
    synced(db, OTHERS, 0.5, "A")  # it is at B-1 alone by now
    assert synced(db, B2, 1, "B").holds  # B-1 is dark, and told nothing for two days
    observe(db, [*B1, *B2], 3, "B")  # B-1 is back, without it: absent since now
    synced(db, OTHERS, 3, "A")
    releases.release(db, as_of=NOON + 3 * DAY, actor=ME)
    assert row(db, N)["status"] == "Cooling"
    assert row(db, N)["release_date"] == NOON + 5 * DAY


def test_what_was_to_be_freed_is_not_once_its_sbc_is_distrusted(db: Connection) -> None:
    a_macro(
        db, "audiocodes_cooling_duration", 0, hierarchy="sys", set_by="me", valid_from=NOON - DAY
    )
    synced(db, [*OTHERS, N], 0, "A")
    synced(db, [*B1, *B2], 0, "B")
    observe(db, OTHERS, 1, "A")
    synced(db, [*B1, *B2], 1.01, "B")
    plan = plans.compute(db, "A", as_of=NOON + 1.02 * DAY)
    assert plan.changes == {"free": 1}
    assert synced(db, [], 2, "B").holds  # it may be there by now
    plans.apply(db, plan.plan, actor=ME)
    assert row(db, N)["status"] == "Used"


def test_what_another_connection_wants_removed_counts_whether_or_not_some_of_it_is_held(
    db: Connection,
) -> None:
    for name, value in (("overall", 2), ("overall_percent", 1)):
        a_macro(
            db, f"pull_sync_delete_threshold_audiocodes_{name}", value, hierarchy="sys",
            set_by="me", valid_from=NOON - DAY,
        )  # fmt: skip
    b3 = [a_user(f"+4420794605{digit:02}", nodeName="B-3") for digit in range(9)]
    a = [a_user(number, nodeName=f"A-{index % 2}") for index, number in enumerate(OTHERS)]
    synced(db, a, 0, "A")
    one = a_user("2001", nodeName="B-1")
    synced(db, [one, *B2, *b3], 0, "B")
    observe(db, [*B2[1:], *b3], 1, "B")  # B-1 is dark (held), and one of B-2 is gone (open)
    assert plans.compute(db, "B").changes == {"cool": 1}
    observe(db, a[1:], 1.01, "A")
    plans.compute(db, "A")
    rules = {hold.rule for hold in guards.holds(db, "A")}
    assert rules == {"overall"}  # 1 + 2 of all connections, at most 2 may


def test_a_hold_does_not_end_before_it_began(db: Connection) -> None:
    synced(db, [*OTHERS, N], 0, "A")
    observe(db, [], 1, "A")
    plans.compute(db, "A", as_of=NOON + 1.5 * DAY)
    synced(db, [*OTHERS, N], 1.2, "A")
    found = text("SELECT count(*) FROM numbers.hold WHERE until < since")
    assert db.execute(found).scalar_one() == 0
