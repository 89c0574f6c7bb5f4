"""No fault, and no order of events, makes a number available that may be in use.

Each of these once did.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from include.arm import NumberRules
from include.inventory import decisions, operations, plans, pools, releases
from include.inventory.errors import BadInput, Refused
from include.inventory.events import Actor
from include.inventory.selections import Selection
from tests.integration.factories import (
    NOON,
    SITE,
    a_connection,
    a_macro,
    a_number,
    a_used_number,
    a_user,
    observed,
    purged,
    row,
)

DAY = timedelta(days=1)
ME = Actor("tester")
OTHERS = [f"+4420794602{digit:02}" for digit in range(20)]
N = "1001"

Users = list[Any]


def observe(db: Connection, users: Users, day: float, name: str = "A") -> None:
    observed(db, a_connection(db, name), NOON + day * DAY, users)


def synced(db: Connection, users: Users, day: float, name: str = "A") -> plans.Plan:
    observe(db, users, day, name)
    plan = plans.compute(db, name)
    plans.apply(db, plan.plan, actor=ME)
    return plan


def released(db: Connection, day: float) -> releases.Released:
    return releases.release(db, as_of=NOON + day * DAY, actor=ME)


def status(db: Connection, number: str = N) -> str:
    return str(row(db, number)["status"])


def without_cooling(db: Connection) -> None:
    a_macro(
        db, "audiocodes_cooling_duration", 0, hierarchy="sys", set_by="me", valid_from=NOON - DAY
    )


def chosen(node: str = SITE, day: float = 1) -> Selection:
    return Selection([N], node, NOON + day * DAY, ME)


# Listed again while cooling: the days begin anew, though no plan took the number back.


def test_listed_again_and_the_plan_was_missed(db: Connection) -> None:
    synced(db, [*OTHERS, N], 0)
    synced(db, OTHERS, 1)
    observe(db, [*OTHERS, N], 2.9)
    synced(db, OTHERS, 3)
    released(db, 3)
    assert status(db) == "Cooling"
    released(db, 9)
    assert status(db) == "Cooling"
    synced(db, OTHERS, 9)
    released(db, 9)
    assert status(db) == "Available"


def test_listed_again_by_a_list_that_arrived_late(db: Connection) -> None:
    synced(db, [*OTHERS, N], 0)
    synced(db, OTHERS, 1)
    synced(db, OTHERS, 3)
    observe(db, [*OTHERS, N], 2.9)
    released(db, 3)
    assert status(db) == "Cooling"


def test_listed_again_by_an_entry_that_is_not_active(db: Connection) -> None:
    synced(db, [*OTHERS, N], 0)
    synced(db, OTHERS, 1)
    for day in (2, 3, 4):
        synced(db, [*OTHERS, a_user(N, active=False)], day)
    synced(db, OTHERS, 5)
    released(db, 5)
    assert status(db) == "Cooling"


def test_listed_again_when_its_digits_had_become_ambiguous(db: Connection) -> None:
    a_number(db, N, hierarchy="sys.hcs.acme.london")
    synced(db, [*OTHERS, N], 0)
    synced(db, OTHERS, 1)
    a_number(db, N, hierarchy="sys.hcs.acme.paris", status="Used", usage="User", vendor="Microsoft")
    for day in (2, 3, 4):
        synced(db, [*OTHERS, N], day)
        assert released(db, day).released == 0
    synced(db, OTHERS, 5)
    released(db, 5)
    found = text("SELECT status FROM numbers.number WHERE hierarchy = 'sys.hcs.acme.london'")
    assert db.execute(found).scalar_one() == "Cooling"


# Nobody takes a number by hand while the list that should tell about it is distrusted.


def test_a_conflict_is_not_unassigned_in_a_hold(db: Connection) -> None:
    a_number(db, N, status="Used", usage="User", vendor="Microsoft")
    synced(db, [*OTHERS, N], 0)
    synced(db, [], 1)
    with pytest.raises(Refused, match="distrusted"):
        operations.unassign(db, chosen())


def test_an_ambiguous_number_is_not_assigned_in_a_hold(db: Connection) -> None:
    for site in ("london", "paris"):
        a_number(db, N, hierarchy=f"sys.hcs.acme.{site}")
    synced(db, [*OTHERS, N], 0)
    observe(db, [], 1)
    with pytest.raises(Refused, match="distrusted"):
        operations.assign(db, chosen("sys.hcs.acme.london"), vendor="Zoom")


def test_cooling_is_not_ended_in_a_hold(db: Connection) -> None:
    synced(db, [*OTHERS, N], 0)
    synced(db, OTHERS, 1)
    synced(db, [], 2)
    with pytest.raises(Refused, match="distrusted"):
        operations.end_cooling(db, chosen("sys.hcs.acme", 2))


def test_nobody_becomes_a_device_by_hand(db: Connection) -> None:
    a_number(db, N)
    with pytest.raises(Refused, match="held by devices"):
        operations.assign(db, chosen(), vendor="AudioCodes")


# One connection's good list does not outvote another one's bad list.


@pytest.mark.parametrize("judged", [True, False])
def test_nothing_is_freed_over_the_hold_of_another_connection(db: Connection, judged: bool) -> None:
    without_cooling(db)
    synced(db, [*OTHERS, N], 0, "A")
    synced(db, [*OTHERS, N, "2001"], 0, "B")
    (synced if judged else observe)(db, [], 1, "B")
    assert synced(db, OTHERS, 1, "A").withheld == {"cool": 1}
    assert status(db) == "Used"


def test_nothing_cools_over_the_hold_of_another_connection(db: Connection) -> None:
    synced(db, [*OTHERS, N], 0, "A")
    synced(db, [*OTHERS, N, "2001"], 0, "B")
    synced(db, [], 1, "B")
    synced(db, OTHERS, 1, "A")
    assert status(db) == "Used"


def test_a_connection_that_never_listed_anything_has_told_nothing(db: Connection) -> None:
    a_used_number(db, N)
    a_connection(db, "A")
    for day in (0, 1, 2):
        synced(db, [], day, "B")
        synced(db, OTHERS, day, "A")
    released(db, 2)
    assert status(db) == "Used"


def test_an_empty_list_is_held_although_others_list_its_numbers(db: Connection) -> None:
    without_cooling(db)
    synced(db, [*OTHERS, N], 0, "A")
    synced(db, [N, "2001"], 0, "B")
    assert synced(db, [], 1, "A").holds
    synced(db, ["2001"], 1, "B")
    assert status(db) == "Used"


def test_a_plan_that_frees_is_not_applied_when_the_number_was_listed_since(db: Connection) -> None:
    without_cooling(db)
    synced(db, [*OTHERS, N], 0, "A")
    synced(db, ["2001"], 0, "B")
    observe(db, OTHERS, 1, "A")
    plan = plans.compute(db, "A")
    synced(db, ["2001", N], 1.5, "B")
    synced(db, [], 2, "B")
    with suppress(Refused):
        plans.apply(db, plan.plan, actor=ME)
    assert status(db) == "Used"


# A list that nobody trusted does not start the clock.


def test_an_empty_list_whose_plan_was_missed_starts_no_cooling(db: Connection) -> None:
    synced(db, [*OTHERS, N], 0)
    observe(db, [], 1)
    synced(db, OTHERS, 3)
    released(db, 3)
    assert row(db, N)["release_date"] == NOON + 5 * DAY


def test_an_empty_list_that_arrives_late_starts_no_cooling(db: Connection) -> None:
    synced(db, [*OTHERS, N], 0)
    observe(db, OTHERS, 3)
    observe(db, [], 1)
    synced(db, OTHERS, 3.5)
    released(db, 3.5)
    assert status(db) == "Cooling"


def test_a_plan_missed_over_a_good_list_costs_no_day(db: Connection) -> None:
    synced(db, [*OTHERS, N], 0)
    observe(db, OTHERS, 1)
    synced(db, OTHERS, 2)
    assert row(db, N)["release_date"] == NOON + 3 * DAY


# The yardstick is numbers, and newcomers do not hide who vanished.


def test_a_change_of_all_numbers_at_once_is_held(db: Connection) -> None:
    old = [a_user(f"20{digit:02}", nodeName=f"SBC-{digit % 3}") for digit in range(24)]
    synced(db, old, 0)
    new = [a_user(f"+44207946{user['aor']}", nodeName=user["nodeName"]) for user in old]
    assert synced(db, new, 1).withheld == {"cool": 24}


def test_several_ip_groups_do_not_make_a_node_look_larger(db: Connection) -> None:
    users = [a_user(f"2{n:03}", ipGroup=group) for n in range(100) for group in ("a", "b", "c")]
    far = [a_user(f"5{n:03}", nodeName="SBC-2") for n in range(300)]
    synced(db, [*far, *users], 0)
    left = [user for user in users if int(user["aor"]) >= 2012]
    assert synced(db, [*far, *left], 1).withheld == {"cool": 12}


# What people and devices type does not stop the pipeline.


@pytest.mark.parametrize("field", ["userAgent", "nodeName", "ipGroup", "contact"])
@pytest.mark.parametrize("junk", ["x\x00y", "x\x1fy", "x\ny\n\\.\nz"])
def test_control_characters_of_one_device_do_not_stop_the_others(
    db: Connection, field: str, junk: str
) -> None:
    synced(db, [a_user("1002", **{field: junk}), N], 0)
    assert (status(db, "1002"), status(db)) == ("Used", "Used")


def test_a_purge_is_carried_out_once(db: Connection) -> None:
    synced(db, [*OTHERS, N], 0)
    assert purged(db, "A", NOON + DAY, ME).changed == {"cool": 21}
    with pytest.raises(Refused, match="purge it anew"):
        purged(db, "A", NOON + DAY, ME)


@pytest.mark.parametrize("number", ["", "abc", " 1001", "10\x0001"])
def test_only_numbers_are_added(db: Connection, number: str) -> None:
    with pytest.raises(BadInput, match="is no number"):
        operations.add(db, Selection([number], SITE, NOON, ME))


# A device that is listed keeps its number, whatever its address is taken for.


@pytest.mark.parametrize(
    ("aor", "before", "after"),
    [
        ("20001", {"extension_lengths": (3, 5)}, {"extension_lengths": (3, 4)}),
        ("2079460101", {}, {"country_code": "44", "national_prefix": ""}),
        ("0044207946010", {"country_code": "44"}, {"international_prefix": "011"}),
    ],
)
def test_a_number_is_kept_while_its_address_is_listed_though_the_rules_have_changed(
    db: Connection, aor: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    def ruled(rules: dict[str, Any], users: Users, day: float) -> int:
        config = a_connection(db, "A").model_copy(update={"rules": NumberRules(**rules)})
        done = observed(db, config, NOON + day * DAY, users)
        plan = plans.compute(db, "A", as_of=NOON + day * DAY)
        plans.apply(db, plan.plan, actor=ME)
        assert [hold.rule for hold in plan.holds] == (["changed rules"] if day == 1 else [])
        if plan.holds:
            now = NOON + day * DAY
            decisions.approve(db, plan.plan, reason="so it is", as_of=now, actor=ME)
        return done.misread

    assert ruled(before, [*OTHERS, aor], 0) == 0
    held = text("SELECT internal_number FROM numbers.number WHERE status = 'Used'")
    [number] = set(db.execute(held).scalars()) - set(OTHERS)
    for day in (1, 2, 3, 4):
        assert ruled(after, [*OTHERS, aor], day) == 1
        released(db, day)
    assert status(db, number) == "Used"
    # Gone for good, it cools like any other.
    assert ruled(after, OTHERS, 5) == 0
    assert status(db, number) == "Cooling"


def test_a_phone_that_moves_to_another_node_is_not_misread(db: Connection) -> None:
    synced(db, [*OTHERS, N], 0)
    moved = a_user(N, nodeName="SBC-9")
    config = a_connection(db, "A")
    done = observed(db, config, NOON + DAY, [*OTHERS, moved])
    assert (done.began, done.ended, done.misread) == (1, 1, 0)


# A device that was listed a short while ago may be back, whoever the inventory says has its number.


def a_conflict_and_an_ambiguous_number(db: Connection) -> None:
    """A subscriber's 1003 and the available 1001 of two sites, both listed at noon, gone at one."""
    a_number(db, "1003", status="Used", usage="User", vendor="Cisco")
    for site in ("london", "paris"):
        a_number(db, N, hierarchy=f"sys.hcs.acme.{site}")
    synced(db, [*OTHERS, N, "1003"], 0)
    synced(db, OTHERS, 1 / 24)


def test_what_a_device_had_an_hour_ago_is_not_assigned(db: Connection) -> None:
    a_conflict_and_an_ambiguous_number(db)
    for site in ("london", "paris"):
        here = chosen(f"sys.hcs.acme.{site}", 2 / 24)
        for deed in (
            lambda here=here: operations.assign(db, here, vendor="Zoom"),
            lambda here=here: operations.reserve(db, here),
            lambda here=here: operations.move(db, here, to_hierarchy="sys.hcs"),
        ):
            with pytest.raises(Refused, match="may be back"):
                deed()
        with pytest.raises(Refused, match="not available"):
            pools.next_available(db, here, pools.Wish())
        with pytest.raises(Refused, match="not available"):
            pools.next_available(db, here, pools.Wish(consecutive=True))
    late = chosen("sys.hcs.acme.london", 2 + 2 / 24)
    with pytest.raises(Refused, match="may be back"):  # no list says that it is not
        operations.assign(db, late, vendor="Zoom")
    synced(db, OTHERS, 2 + 1 / 24)
    assert operations.assign(db, late, vendor="Zoom").changed == 1


def test_a_subscriber_s_number_that_a_device_had_an_hour_ago_cools(db: Connection) -> None:
    a_conflict_and_an_ambiguous_number(db)
    given_up = Selection(["1003"], SITE, NOON + DAY / 12, ME)
    operations.unassign(db, given_up)
    after = row(db, "1003")
    assert (after["status"], after["release_date"]) == ("Cooling", NOON + DAY / 24 + 2 * DAY)
    assert after["tag"] == "Cooling for 2 days, until 2026-11-04 13:00 UTC"
    synced(db, OTHERS, 1)
    assert released(db, 1).released == 0
    synced(db, [*OTHERS, "1003"], 1.5)
    assert (row(db, "1003")["status"], row(db, "1003")["vendor"]) == ("Used", "AudioCodes")


def test_who_ends_the_cooling_of_a_number_may_give_it_away(db: Connection) -> None:
    synced(db, [*OTHERS, N], 0)
    synced(db, OTHERS, 1)
    operations.end_cooling(db, chosen("sys.hcs.acme", 1.1))
    assert operations.assign(db, chosen("sys.hcs.acme", 1.2), vendor="Zoom").changed == 1


def test_a_list_that_nothing_has_judged_yet_is_no_evidence(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for site in ("london", "paris"):
        a_number(db, N, hierarchy=f"sys.hcs.acme.{site}")
    synced(db, [*OTHERS, N], 0)
    observe(db, OTHERS[:1], 9)
    monkeypatch.setattr(plans, "judge_new_lists", lambda _: None)
    with pytest.raises(Refused, match="distrusted"):
        operations.assign(db, chosen("sys.hcs.acme.london", 20), vendor="Zoom")
    with pytest.raises(Refused, match="not available"):
        pools.next_available(db, chosen("sys.hcs.acme.london", 20), pools.Wish(consecutive=True))
