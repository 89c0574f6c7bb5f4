"""People decide on what is withheld: once, for a reason, on what they have seen."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from include.arm import NumberRules, SiteRule
from include.inventory import decisions, guards, operations, plans, purges, releases
from include.inventory.errors import BadInput, Refused, Unknown
from include.inventory.events import Actor
from tests.integration.factories import (
    NOON,
    a_connection,
    a_macro,
    a_number,
    a_user,
    chosen,
    events,
    observed,
    row,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SYNC, ANN = Actor("sync"), Actor("ann")
HERE = [f"10{n:02}" for n in range(40)]
THERE = [a_user(f"5{n:03}", nodeName="SBC-2") for n in range(900)]


def synced(db: Connection, users: list[Any], day: float, name: str = "lab") -> plans.Plan:
    observed(db, a_connection(db, name), NOON + day * DAY, users)
    plan = plans.compute(db, name)
    plans.apply(db, plan.plan, actor=SYNC)
    return plan


def dark(db: Connection) -> plans.Plan:
    """SBC-1 and its forty numbers have vanished: the plan that withholds them."""
    synced(db, [*THERE, *HERE], 0)
    plan = synced(db, THERE, 1)
    assert (sum(plan.withheld.values()), [hold.node for hold in plan.holds]) == (40, ["SBC-1"])
    return plan


def approve(db: Connection, plan: int, day: float = 1.5, **more: Any) -> plans.Applied:
    given = {"reason": "closed", "as_of": NOON + day * DAY, "actor": ANN} | more
    return decisions.approve(db, plan, **given)


def inventory(db: Connection) -> list[Any]:
    tables = ("number", "hold", "plan_change", "decision", "snapshot", "presence")
    return [
        db.execute(text(f"SELECT * FROM numbers.{table} ORDER BY 1, 2")).all() for table in tables
    ]


def test_an_approval_carries_out_what_was_shown(db: Connection) -> None:
    plan = dark(db)
    done = approve(db, plan.plan, sha256=plan.sha256)
    assert (done.changed, done.withheld, guards.holds(db)) == ({"cool": 40}, {}, [])
    # The usual days, from the decision on.
    assert row(db, HERE[0])["release_date"] == NOON + 3.5 * DAY
    event = events(db, HERE[0])[-1]
    assert (event["actor"], event["cause"], event["to_status"]) == ("ann", "cool", "Cooling")
    assert (event["detail"]["approved_plan"], event["detail"]["approved_because"]) == (
        plan.plan,
        "closed",
    )


def test_what_a_newer_plan_would_remove_besides_waits_for_the_next(db: Connection) -> None:
    plan = dark(db)
    observed(db, a_connection(db), NOON + 2 * DAY, [*THERE[1:], "1999"])
    newer = plans.compute(db, "lab")  # its sync is yet to apply it
    done = approve(db, plan.plan, 2.1, sha256=plan.sha256)
    assert done.changed == {"cool": 40}
    assert plans.apply(db, newer.plan, actor=SYNC).changed == {}
    gone = THERE[0]["aor"]
    assert (row(db, gone)["status"], row(db, "1999")["status"]) == ("Used", "Used")
    assert [change["kind"] for change in plans.changes(db, newer.plan, status="open")] == ["create"]
    over = plans.changes(db, newer.plan, status="superseded")
    assert [change["internal_number"] for change in over] == [gone]
    assert plans.read(db, newer.plan).changes == {"cool": 1, "create": 1}
    removed = text("SELECT removed FROM numbers.plan WHERE plan_id = :plan")
    assert db.execute(removed, {"plan": newer.plan}).scalar_one() == 0
    synced(db, [*THERE[1:], "1999"], 3)
    assert (row(db, gone)["status"], events(db, gone)[-1]["actor"]) == ("Cooling", "sync")


def test_what_came_back_since_is_not_removed(db: Connection) -> None:
    plan = dark(db)
    synced(db, [*THERE, *HERE[30:]], 2)
    assert approve(db, plan.plan, 2.5).changed == {"cool": 30}
    assert {row(db, number)["status"] for number in HERE[30:]} == {"Used"}


@pytest.mark.parametrize("also", ["of the same node", "of another node", "of all"])
def test_what_has_grown_is_stale(db: Connection, also: str) -> None:
    synced(db, [*THERE, *HERE, a_user("2001", nodeName="SBC-3"), "1999"], 0)
    other = a_user("2001", nodeName="SBC-3")
    plan = synced(db, [*THERE, other, "1999"], 1)
    assert plan.withheld == {"cool": 40}
    now = {
        "of the same node": [*THERE, other],
        "of another node": [*THERE, "1999"],
        "of all": [],
    }[also]
    synced(db, now, 2)
    before = inventory(db)
    with pytest.raises(Refused, match="is stale"):
        approve(db, plan.plan, 2.5)
    assert inventory(db) == before


def test_a_hold_that_ended_leaves_nothing_to_approve(db: Connection) -> None:
    plan = dark(db)
    synced(db, [*THERE, *HERE], 2)
    synced(db, [*THERE, *HERE[1:]], 3)
    with pytest.raises(Refused, match="has no hold any more"):
        approve(db, plan.plan, 3.5)
    assert row(db, HERE[1])["status"] == "Used"


def test_a_plan_is_approved_once(db: Connection) -> None:
    plan = dark(db)
    approve(db, plan.plan)
    with pytest.raises(Refused, match="was approved by ann"):
        approve(db, plan.plan)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_no_decision_without_a_reason(db: Connection, reason: str) -> None:
    plan = dark(db)
    for decide in (decisions.approve, decisions.reject):
        with pytest.raises(BadInput, match="for a reason only"):
            decide(db, plan.plan, reason=reason, as_of=NOON + 2 * DAY, actor=ANN)


def test_no_decision_on_what_was_not_shown(db: Connection) -> None:
    plan = dark(db)
    with pytest.raises(Refused, match="is not the one that was shown"):
        approve(db, plan.plan, sha256="0" * 64)
    with pytest.raises(Unknown, match="There is no plan"):
        approve(db, plan.plan + 1000)
    with pytest.raises(Refused, match="approve it as of then or later"):
        approve(db, plan.plan, 0.5)


def test_a_plan_that_is_not_held_awaits_no_decision(db: Connection) -> None:
    plan = synced(db, HERE, 0)
    with pytest.raises(Refused, match="awaits no decision"):
        approve(db, plan.plan)


def test_a_rejection_leaves_everything_and_may_be_taken_back(db: Connection) -> None:
    plan = dark(db)
    decisions.reject(db, plan.plan, reason="it restarts", as_of=NOON + 1.2 * DAY, actor=ANN)
    assert (row(db, HERE[0])["status"], len(guards.holds(db))) == ("Used", 1)
    with pytest.raises(Refused, match="was rejected by ann"):
        decisions.reject(db, plan.plan, reason="again", as_of=NOON + 1.3 * DAY, actor=ANN)
    assert approve(db, plan.plan).changed == {"cool": 40}


def test_an_accepted_absence_is_not_held_again(db: Connection) -> None:
    plan = dark(db)
    approve(db, plan.plan)
    for day in (2, 3, 4):
        assert synced(db, THERE, day).holds == []
    assert releases.release(db, as_of=NOON + 4 * DAY, actor=SYNC).released == 40


def test_an_accepted_empty_list_is_not_held_again_but_the_next_loss_is(db: Connection) -> None:
    synced(db, HERE, 0)
    approve(db, synced(db, [], 1).plan)
    assert synced(db, [], 2).holds == []
    synced(db, HERE[:5], 3)
    assert [hold.rule for hold in synced(db, [], 4).holds] == ["empty list"]


def test_an_approval_frees_nothing_at_once_even_without_cooling(db: Connection) -> None:
    name = "audiocodes_cooling_duration"
    a_macro(db, name, 0, hierarchy="sys", set_by="me", valid_from=NOON - DAY)
    plan = dark(db)
    approve(db, plan.plan)
    assert row(db, HERE[0])["status"] == "Cooling"
    assert releases.release(db, as_of=NOON + 1.6 * DAY, actor=SYNC).released == 0
    synced(db, THERE, 2)
    assert releases.release(db, as_of=NOON + 2 * DAY, actor=SYNC).released == 40


def test_an_approval_does_not_overrule_the_hold_of_another_connection(db: Connection) -> None:
    synced(db, [*THERE, *HERE], 0, "A")
    synced(db, [*HERE[:20], "7001"], 0, "B")
    synced(db, [], 1, "B")
    plan = synced(db, THERE, 1, "A")
    assert plan.withheld == {"cool": 40}
    done = approve(db, plan.plan)
    assert (done.changed, done.withheld) == ({"cool": 20}, {"cool": 20})
    assert [hold.connection for hold in guards.holds(db)] == ["B"]
    assert row(db, HERE[0])["status"] == "Used"


def test_a_number_that_a_person_took_meanwhile_is_left_alone(db: Connection) -> None:
    plan = dark(db)
    taken = text("UPDATE numbers.number SET vendor = 'Zoom' WHERE internal_number = :number")
    db.execute(taken, {"number": HERE[0]})
    assert approve(db, plan.plan).changed == {"cool": 39}
    assert row(db, HERE[0])["vendor"] == "Zoom"


# A purge is a plan as well.


def test_a_proposed_purge_changes_nothing(db: Connection) -> None:
    synced(db, HERE, 0)
    before = inventory(db)[:2]
    plan = purges.propose(db, "lab", as_of=NOON + DAY)
    assert (plan.withheld, plan.changes, plan.status) == ({"cool": 40}, {}, "withheld")
    assert [verdict.rule for verdict in plan.verdicts] == ["purge"]
    assert inventory(db)[:2] == before
    assert db.execute(text("SELECT count(*) FROM numbers.snapshot")).scalar_one() == 1
    with pytest.raises(Refused, match="numbers approve"):
        plans.apply(db, plan.plan, actor=SYNC)
    assert plans.compute(db, "lab").changes == {}
    done = approve(db, plan.plan)
    assert done.changed == {"cool": 40}
    assert events(db, HERE[0])[-1]["detail"]["approved_because"] == "closed"


def test_a_purge_that_would_take_more_is_stale(db: Connection) -> None:
    """While its other connection was listed, these were not to go; by now they would."""
    synced(db, HERE, 0, "A")
    synced(db, [*HERE[:5], "7001", "7002"], 0, "B")
    plan = purges.propose(db, "A", as_of=NOON + DAY)
    assert plan.withheld == {"cool": 35}
    synced(db, ["7001", "7002"], 1, "B")
    before = inventory(db)
    with pytest.raises(Refused, match="5 numbers would go that it did not show"), db.begin_nested():
        approve(db, plan.plan)
    assert inventory(db) == before


def test_a_connection_read_since_is_not_purged(db: Connection) -> None:
    synced(db, HERE, 0)
    plan = purges.propose(db, "lab", as_of=NOON + DAY)
    synced(db, HERE, 2)
    with pytest.raises(Refused, match="after its purge was proposed"):
        approve(db, plan.plan, 3)


def test_a_purge_is_not_approved_as_of_an_instant_before_it_was_proposed(db: Connection) -> None:
    """Its numbers would have cooled while they were listed, and be free at once."""
    synced(db, HERE, 0)
    plan = purges.propose(db, "lab", as_of=NOON + 6 * DAY)
    before = inventory(db)
    with pytest.raises(Refused, match=f"Plan {plan.plan} is of .* approve it as of then or later"):
        approve(db, plan.plan, 0.5)
    assert inventory(db) == before
    assert approve(db, plan.plan, 6).changed == {"cool": 40}
    assert row(db, HERE[0])["release_date"] == NOON + 8 * DAY


def test_a_rejected_purge_is_kept(db: Connection) -> None:
    synced(db, HERE, 0)
    plan = purges.propose(db, "lab", as_of=NOON + DAY)
    decisions.reject(db, plan.plan, reason="not yet", as_of=NOON + DAY, actor=ANN)
    assert row(db, HERE[0])["status"] == "Used"


# Releases in a hold: the device may have moved to the SBC that is dark.


def sites() -> NumberRules:
    return NumberRules(
        sites=(
            SiteRule(node="SBC-1", hierarchy="sys.hcs.acme.london"),
            SiteRule(node="SBC-2", hierarchy="sys.hcs.acme.paris"),
            SiteRule(node="SBC-3", hierarchy="sys.hcs.acme.paris"),
        )
    )


def test_a_hold_freezes_the_numbers_that_its_node_could_hold(db: Connection) -> None:
    config = a_connection(db, rules=sites())
    paris = [a_user(f"3{n:03}", nodeName="SBC-3") for n in range(40)]

    def sync(users: list[Any], day: float) -> None:
        observed(db, config, NOON + day * DAY, users)
        plans.apply(db, plans.compute(db, "lab").plan, actor=SYNC)

    sync([*THERE, *HERE, *paris], 0)
    sync([*THERE[1:], *HERE[1:], *paris], 1)
    sync([*THERE[1:], *HERE[1:]], 3)
    done = releases.release(db, as_of=NOON + 3 * DAY, actor=SYNC)
    assert (done.released, done.kept) == (1, {"in a hold": 1})
    assert (row(db, HERE[0])["status"], row(db, "5000")["status"]) == ("Available", "Cooling")


def test_a_device_that_moved_to_a_connection_nobody_reads_keeps_its_number(db: Connection) -> None:
    synced(db, [*THERE, *HERE], 0, "A")
    synced(db, ["7001"], 0, "B")
    synced(db, [*THERE, *HERE[1:]], 1, "A")
    synced(db, [*THERE, *HERE[1:]], 4, "A")
    done = releases.release(db, as_of=NOON + 4 * DAY, actor=SYNC)
    assert (done.released, done.kept) == (0, {"absence not confirmed": 1})
    synced(db, ["7001", HERE[0]], 4, "B")
    assert row(db, HERE[0])["status"] == "Used"


def test_a_reservation_of_a_number_no_device_ever_had_ends_all_the_same(db: Connection) -> None:
    synced(db, HERE, 0)
    a_number(db, "1888")
    operations.reserve(db, chosen("1888"), days=1)
    synced(db, [], 1)
    assert releases.release(db, as_of=NOON + 2 * DAY, actor=SYNC).released == 1


def test_an_approval_removes_at_once_what_several_lists_have_to_lack_otherwise(
    db: Connection,
) -> None:
    a_macro(db, "audiocodes_consecutive_misses", 3, hierarchy="sys", set_by="me", valid_from=NOON)
    synced(db, [*THERE, *HERE], 0)
    for day in (1, 2):
        synced(db, THERE, day)
    plan = synced(db, THERE, 3)
    assert plan.withheld == {"cool": 40}
    assert approve(db, plan.plan, day=3.5).changed == {"cool": 40}
    assert row(db, HERE[0])["release_date"] == NOON + 5.5 * DAY


def test_a_purge_lets_numbers_cool_whatever_lists_have_to_lack_them(db: Connection) -> None:
    a_macro(db, "audiocodes_consecutive_misses", 3, hierarchy="sys", set_by="me", valid_from=NOON)
    synced(db, HERE, 0)
    proposed = purges.propose(db, "lab", as_of=NOON + DAY)
    assert proposed.withheld == {"cool": 40}
    assert approve(db, proposed.plan).changed == {"cool": 40}


def test_a_purge_lets_numbers_cool_while_another_connection_was_never_read(
    db: Connection,
) -> None:
    synced(db, HERE, 0)
    a_connection(db, "new")
    proposed = purges.propose(db, "lab", as_of=NOON + DAY)
    assert approve(db, proposed.plan).changed == {"cool": 40}
    # But nothing is released before that one has been read.
    assert releases.release(db, as_of=NOON + 9 * DAY, actor=SYNC).released == 0
    observed(db, a_connection(db, "new"), NOON + 9 * DAY, ["77"])
    assert releases.release(db, as_of=NOON + 9 * DAY, actor=SYNC).released == 40


def test_an_approval_of_the_whole_does_not_end_what_is_held_since(db: Connection) -> None:
    more = [f"6{n:03}" for n in range(200)]
    far = [a_user(f"7{n:03}", nodeName="SBC-3") for n in range(12)]
    synced(db, [*THERE, *more, *far], 0)
    whole = synced(db, [*THERE, *more[80:], *far], 1)
    assert None in [hold.node for hold in whole.holds]
    also = [a_user(one["aor"], nodeName="SBC-2") for one in far]
    later = synced(db, [*THERE, *more[80:], *also], 2)
    assert "SBC-3" in [hold.node for hold in later.holds]
    with pytest.raises(Refused, match="SBC-3 is held too"):
        approve(db, whole.plan, day=2.5)
    assert approve(db, later.plan, day=2.5).changed == {"cool": 80}
