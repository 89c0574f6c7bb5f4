"""Where nobody looks, a phone may be: ways past the guard, each of which freed a number once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from include.arm.rules import NumberRules
from include.inventory import (
    audits,
    decisions,
    imports,
    numbers,
    operations,
    plans,
    pools,
    purges,
    releases,
)
from include.inventory.connections import ConnectionConfig, register
from include.inventory.errors import Refused
from include.inventory.events import Actor
from include.inventory.selections import Selection
from tests.integration.factories import (
    NOON,
    a_connection,
    a_macro,
    a_node,
    a_number,
    a_used_number,
    a_user,
    events,
    observed,
    purged,
    row,
)

DAY = timedelta(days=1)
ME = Actor("tester")
TOP, LONDON, LEEDS = "sys.hcs.acme", "sys.hcs.acme.london", "sys.hcs.acme.leeds"
N = "+442079460999"
OTHERS = [f"+4420794602{digit:02}" for digit in range(20)]
ONE = [a_user(f"+4420794603{digit:02}", nodeName="SBC-1") for digit in range(9)]
TWO = [a_user(number, nodeName="SBC-2") for number in OTHERS]
IN_LONDON = {"node": "SBC-1", "hierarchy": LONDON}


def synced(db: Connection, config: ConnectionConfig, users: list[Any], day: float) -> plans.Plan:
    observed(db, config, NOON + day * DAY, users)
    plan = plans.compute(db, config.name)
    plans.apply(db, plan.plan, actor=ME)
    return plan


def released(db: Connection, day: float) -> releases.Released:
    return releases.release(db, as_of=NOON + day * DAY, actor=ME)


def mapped(db: Connection, name: str, *sites: dict[str, str]) -> ConnectionConfig:
    return a_connection(db, name, hierarchy=TOP, rules={"sites": list(sites)})


def statuses(db: Connection, number: str = N) -> dict[str, str]:
    found = text("SELECT hierarchy, status FROM numbers.number WHERE internal_number = :number")
    return {one.hierarchy: one.status for one in db.execute(found, {"number": number})}


def wish(number: str, hierarchy: str, day: float) -> Selection:
    return Selection([number], hierarchy, NOON + day * DAY, ME)


@pytest.mark.parametrize("between", ["nothing", "empty list", "all nodes"])
def test_a_node_that_is_dark_is_held_after_a_list_that_was_not_believed(
    db: Connection, between: str
) -> None:
    config = a_connection(db)
    synced(db, config, [*TWO, a_user(N, nodeName="SBC-1")], 0)
    if between != "nothing":
        hold, *_ = synced(db, config, [] if between == "empty list" else TWO[:9], 0.5).holds
        assert hold.rule == between
    over_there = synced(db, config, [*TWO, a_user(N, nodeName="SBC-2")], 1)
    assert [(hold.node, hold.rule) for hold in over_there.holds] == [("SBC-1", "missing node")]
    synced(db, config, TWO, 2)  # back at SBC-1, which nobody sees
    synced(db, config, TWO, 4)
    released(db, 4)
    assert row(db, N)["status"] == "Used"


@pytest.mark.parametrize("was_at", ["SBC-1", "SBC-2"])
def test_what_cooled_before_a_hold_rests_anew_after_it(db: Connection, was_at: str) -> None:
    config = a_connection(db)
    synced(db, config, [*ONE, *TWO, a_user(N, nodeName=was_at)], 0)
    synced(db, config, [*ONE, *TWO], 1)
    assert row(db, N)["release_date"] == NOON + 3 * DAY
    assert synced(db, config, TWO, 1.5).holds  # it is at SBC-1 again by now, unseen
    synced(db, config, TWO, 3)
    assert released(db, 3).kept == {"in a hold": 1}
    assert not synced(db, config, [*ONE, *TWO], 4).holds  # rebooted: it registers in a minute
    assert released(db, 4).kept == {"resting after a hold": 1}
    why = numbers.show(db, N, now=NOON + 4 * DAY)["why"]
    assert "released on 8 Nov 2026 12:00 UTC if still absent then, as a hold of where it" in why
    synced(db, config, [*ONE, *TWO], 6)
    assert released(db, 6).released == 1


def test_what_cooled_before_a_hold_rests_anew_after_the_approval_that_ends_it(
    db: Connection,
) -> None:
    config = a_connection(db)
    synced(db, config, [*ONE, *TWO, a_user(N, nodeName="SBC-2")], 0)
    synced(db, config, [*ONE, *TWO], 1)
    dark = synced(db, config, TWO, 1.5)
    decisions.approve(db, dark.plan, reason="SBC-1 is gone", as_of=NOON + 4 * DAY, actor=ME)
    synced(db, config, TWO, 4)
    assert released(db, 5.9).kept == {"resting after a hold": 1}


def test_what_no_list_ever_had_rests_anew_after_a_hold_too(db: Connection) -> None:
    config = a_connection(db)
    a_used_number(db, N, hierarchy=TOP)
    synced(db, config, [*ONE, *TWO], 0)
    assert row(db, N)["status"] == "Cooling"
    synced(db, config, TWO, 1)
    synced(db, config, [*ONE, *TWO], 3)
    assert released(db, 3).released == 0
    synced(db, config, [*ONE, *TWO], 5)
    assert released(db, 5).released == 1


def test_a_short_first_list_removes_no_more_of_what_it_never_had_than_of_a_node(
    db: Connection,
) -> None:
    imported = [f"+4420794607{digit:02}" for digit in range(45)]
    for number in imported:
        a_used_number(db, number, hierarchy=TOP)
    (hold,) = synced(db, a_connection(db), [a_user(one) for one in imported[:3]], 0).holds
    assert (hold.node, hold.rule, hold.withheld) == (None, "threshold", 42)
    assert hold.reason == "no list ever had 42 of the numbers that would go, and at most 10 may"
    assert {row(db, number)["status"] for number in imported} == {"Used"}


def test_a_node_that_dies_slowly_is_held(db: Connection) -> None:
    config = a_connection(db)
    many = [a_user(f"+4420794604{digit:02}", nodeName="SBC-1") for digit in range(41)]
    synced(db, config, [*many, *TWO], 0)
    assert not synced(db, config, [*many[10:], *TWO], 1 / 24).holds
    (hold,) = synced(db, config, [*many[20:], *TWO], 2 / 24).holds
    assert hold.reason == "20 of 41 numbers of SBC-1 vanished in a day, and at most 10 may"
    synced(db, config, [*many[40:], *TWO], 3)
    assert released(db, 3).kept["in a hold"] == 10


def test_those_who_came_back_did_not_vanish(db: Connection) -> None:
    config = a_connection(db)
    many = [a_user(f"+4420794604{digit:02}", nodeName="SBC-1") for digit in range(41)]
    synced(db, config, [*many, *TWO], 0)
    for hour in range(1, 6):
        users = many if hour % 2 == 0 else many[8:]
        assert not synced(db, config, [*users, *TWO], hour / 24).holds


def test_a_whole_number_is_not_free_at_one_site_while_its_phone_is_at_another(
    db: Connection,
) -> None:
    config = mapped(db, "lab", IN_LONDON)
    synced(db, config, [*OTHERS, a_user(N, ipGroup="New")], 0)
    config = mapped(db, "lab", {"node": "SBC-1", "ip_group": "New", "hierarchy": LEEDS}, IN_LONDON)
    plan = synced(db, config, [*OTHERS, a_user(N, ipGroup="New")], 1)
    assert plan.changes == {"create": 1}
    decisions.approve(db, plan.plan, reason="so it is", as_of=NOON + DAY, actor=ME)
    assert synced(db, config, [*OTHERS, a_user(N, ipGroup="New")], 3).changes == {}
    released(db, 3)
    assert statuses(db) == {LONDON: "Used", LEEDS: "Used"}
    for day in (4, 6):
        synced(db, config, OTHERS, day)
    assert released(db, 6).released == 2


def test_a_cooling_whole_number_waits_while_its_phone_is_at_another_site(db: Connection) -> None:
    config = mapped(db, "lab", IN_LONDON)
    synced(db, config, [*OTHERS, N], 0)
    synced(db, config, OTHERS, 1)
    config = mapped(db, "lab", IN_LONDON, {"node": "SBC-2", "hierarchy": LEEDS})
    for day in (1.5, 3):
        synced(db, config, [*OTHERS, a_user(N, nodeName="SBC-2")], day)
    assert released(db, 3).kept == {"online": 1}
    assert statuses(db)[LONDON] == "Cooling"


def test_a_whole_number_that_roams_to_another_connection_is_not_released(db: Connection) -> None:
    here = a_connection(db, "emea", hierarchy="sys.hcs.acme.emea")
    there = a_connection(db, "us", hierarchy="sys.hcs.acme.us")
    synced(db, here, [*OTHERS, N], 0)
    synced(db, there, ONE, 0)
    for day in (1, 3):
        synced(db, here, OTHERS, day)
        synced(db, there, [*ONE, a_user(N, nodeName="SBC-1")], day)
    assert released(db, 3).kept == {"online": 1}
    assert statuses(db) == {"sys.hcs.acme.emea": "Cooling", "sys.hcs.acme.us": "Used"}


def test_an_extension_is_another_number_at_another_site(db: Connection) -> None:
    config = mapped(db, "lab", IN_LONDON, {"node": "SBC-2", "hierarchy": LEEDS})
    a_number(db, "1001", hierarchy=LEEDS)
    synced(db, config, [*OTHERS, "1001"], 0)
    assert statuses(db, "1001") == {LONDON: "Used", LEEDS: "Available"}
    operations.assign(db, wish("1001", LEEDS, 0), vendor="Microsoft", subscriber="bob")


def test_a_whole_number_that_is_listed_anywhere_is_given_to_nobody(db: Connection) -> None:
    a_node(db, LEEDS)
    a_number(db, N, hierarchy=LEEDS)
    synced(db, mapped(db, "lab", IN_LONDON), [*OTHERS, N], 0)
    assert statuses(db) == {LONDON: "Used", LEEDS: "Available"}
    with pytest.raises(Refused, match="in use by a registered device"):
        operations.assign(db, wish(N, LEEDS, 0), vendor="Microsoft", subscriber="bob")
    with pytest.raises(Refused):
        pools.next_available(db, Selection([], LEEDS, NOON, ME), pools.Wish())


def test_a_whole_hold_freezes_the_node_of_its_connection_whatever_its_sites(
    db: Connection,
) -> None:
    here = mapped(db, "A", IN_LONDON)
    there = mapped(db, "B", {"node": "B-1", "hierarchy": LEEDS})
    there_users = [a_user(f"+4420794603{digit:02}", nodeName="B-1") for digit in range(9)]
    synced(db, here, [*OTHERS, N], 0)
    synced(db, there, there_users, 0)
    for day in (1, 3):
        synced(db, here, OTHERS, day)  # it is at B, which has no list any more
        assert synced(db, there, [], day).holds
    assert released(db, 3).kept == {"in a hold": 1}


@pytest.mark.parametrize("listed", [True, False])
def test_what_a_connection_had_that_is_configured_no_more_is_not_released(
    db: Connection, *, listed: bool
) -> None:
    config = a_connection(db)
    a_used_number(db, N, hierarchy=TOP)
    synced(db, config, [*OTHERS, *([N] if listed else [])], 0)
    synced(db, config, OTHERS, 1)
    register(db, [])
    released(db, 5)
    assert row(db, N)["status"] == "Cooling"


def test_a_purge_is_not_approved_on_a_list_that_was_read_after_it_was_proposed(
    db: Connection,
) -> None:
    config = a_connection(db)
    synced(db, config, [*OTHERS, N], 0)
    purge = purges.propose(db, "lab", as_of=NOON + DAY)
    synced(db, config, [*OTHERS, N], 0.99)
    with pytest.raises(Refused, match="after its purge was proposed"):
        decisions.approve(db, purge.plan, reason="gone", as_of=NOON + 1.1 * DAY, actor=ME)


def test_a_registered_number_gets_its_row_although_it_is_a_conflict_elsewhere(
    db: Connection,
) -> None:
    config = mapped(db, "lab", IN_LONDON)
    a_number(db, "1001", hierarchy=LEEDS, status="Used", usage="User", vendor="Microsoft")
    plan = synced(db, config, [*OTHERS, "1001", a_user("1001", nodeName="SBC-9")], 0)
    assert plan.findings == {"conflict": 1}
    assert statuses(db, "1001") == {LEEDS: "Used", LONDON: "Used"}


def test_what_lists_lacked_in_a_hold_has_not_been_missed_often_enough(db: Connection) -> None:
    config = a_connection(db)
    a_macro(db, "audiocodes_consecutive_misses", 2, hierarchy="sys", set_by="me", valid_from=NOON)
    a_macro(db, "audiocodes_cooling_duration", 0, hierarchy="sys", set_by="me", valid_from=NOON)
    everyone = [*OTHERS, *[f"+4420794604{digit:02}" for digit in range(20)]]
    synced(db, config, [*everyone, N], 0)
    assert synced(db, config, OTHERS, 1).withheld == {"free": 21}
    # The others are back; one phone needs a while longer to register again.
    back = synced(db, config, everyone, 2)
    assert (back.findings, back.holds) == ({"missed": 1}, [])
    assert statuses(db)[TOP] == "Used"
    assert synced(db, config, everyone, 3).changes == {"free": 1}


def test_what_was_purged_beside_a_hold_is_waited_for_no_longer(db: Connection) -> None:
    here, there = a_connection(db, "here"), a_connection(db, "there")
    a_macro(db, "audiocodes_consecutive_misses", 2, hierarchy="sys", set_by="me", valid_from=NOON)
    for config in (here, there):
        synced(db, config, [*OTHERS, N], 0)
    synced(db, here, OTHERS, 0.5)
    synced(db, here, [], 1)
    purge = purges.propose(db, "there", as_of=NOON + 1.5 * DAY)
    decisions.approve(db, purge.plan, reason="gone", as_of=NOON + 1.5 * DAY, actor=ME)
    assert statuses(db)[TOP] == "Used"
    synced(db, here, OTHERS, 2)
    synced(db, here, OTHERS, 3)
    assert statuses(db)[TOP] == "Cooling"


def test_what_no_list_ever_had_is_missed_by_each(db: Connection) -> None:
    a_macro(db, "audiocodes_consecutive_misses", 2, hierarchy="sys", set_by="me", valid_from=NOON)
    a_used_number(db, N, hierarchy=TOP)
    config = a_connection(db)
    assert synced(db, config, OTHERS, 0).findings == {"missed": 1}
    assert synced(db, config, OTHERS, 1).changes == {"cool": 1}


def roamed(db: Connection) -> tuple[ConnectionConfig, ConnectionConfig]:
    """A whole number that cools at Leeds: its phone went to London, whose SBC went dark then."""
    here = a_connection(db, "leeds", hierarchy=LEEDS)
    there = a_connection(db, "london", hierarchy=LONDON)
    synced(db, here, [*OTHERS, N], 0)
    synced(db, there, ONE, 0)
    synced(db, here, OTHERS, 1)
    synced(db, there, [*ONE, a_user(N, nodeName="SBC-1")], 1)
    assert statuses(db) == {LEEDS: "Cooling", LONDON: "Used"}
    assert synced(db, there, [], 2).holds
    synced(db, here, OTHERS, 5)
    return here, there


def test_a_whole_number_waits_for_the_hold_of_an_sbc_at_any_node_that_had_it(
    db: Connection,
) -> None:
    _, there = roamed(db)
    synced(db, there, [], 5)
    assert released(db, 5).kept == {"in a hold": 1}


def test_a_whole_number_rests_after_the_hold_of_an_sbc_at_any_node_that_had_it(
    db: Connection,
) -> None:
    _, there = roamed(db)
    assert synced(db, there, ONE, 5).holds == []  # its phone registers again in a minute
    assert released(db, 5).kept == {"resting after a hold": 1}


def test_what_was_lost_in_a_hold_is_given_to_nobody_right_after_it(db: Connection) -> None:
    there = a_connection(db, "london", hierarchy=LONDON)
    a_node(db, LEEDS)
    a_number(db, N, hierarchy=LEEDS)
    synced(db, there, [*ONE, a_user(N, nodeName="SBC-1")], 1)
    for day, users in ((2, []), (5, []), (5.5, ONE)):
        synced(db, there, users, day)
    with pytest.raises(Refused, match="at another hierarchy node too"):
        operations.assign(db, wish(N, LEEDS, 5.6), vendor="Microsoft", subscriber="bob")
    synced(db, there, ONE, 7.6)
    assert released(db, 7.6).released == 1
    operations.assign(db, wish(N, LEEDS, 7.6), vendor="Microsoft", subscriber="bob")


@pytest.mark.parametrize("name", ["", "SBC-1"])
def test_an_sbc_without_a_name_is_guarded_like_any(db: Connection, name: str) -> None:
    config = a_connection(db)
    users = [a_user(f"+4420794605{digit:02}", nodeName=name) for digit in range(40)]
    synced(db, config, [*TWO, *users, a_user(N, nodeName=name)], 0)
    some = synced(db, config, [*TWO, *users[:25], a_user(N, nodeName=name)], 0.5)
    assert [(hold.node, hold.rule) for hold in some.holds] == [(name, "threshold")]
    over_there = synced(db, config, [*TWO, a_user(N, nodeName="SBC-2")], 1)
    assert [(hold.node, hold.rule) for hold in over_there.holds] == [(name, "missing node")]
    synced(db, config, TWO, 2)
    synced(db, config, TWO, 4)
    assert released(db, 4).released == 0


def test_a_list_without_names_of_nodes_is_guarded(db: Connection) -> None:
    config = a_connection(db)
    users = [a_user(f"+4420794605{digit:02}", nodeName="") for digit in range(60)]
    synced(db, config, users, 0)
    fewer = synced(db, config, users[:11], 1)
    assert [(hold.scope, hold.rule) for hold in fewer.holds] == [
        ("the node without a name", "threshold")
    ]
    assert fewer.withheld == {"cool": 49}


def test_an_approval_accepts_no_list_that_was_read_meanwhile(db: Connection) -> None:
    config = a_connection(db)
    synced(db, config, [*TWO, a_user(N, nodeName="SBC-1")], 0)
    plan = synced(db, config, TWO, 1)
    decisions.approve(db, plan.plan, reason="gone", as_of=NOON + 2.01 * DAY, actor=ME)
    synced(db, config, [*TWO, a_user(N, nodeName="SBC-1")], 2)  # it was being read then
    over_there = synced(db, config, [*TWO, a_user(N, nodeName="SBC-2")], 3)
    assert [(hold.node, hold.rule) for hold in over_there.holds] == [("SBC-1", "missing node")]


def test_nothing_is_away_before_all_that_could_have_it_has_been_read(db: Connection) -> None:
    here, there = a_connection(db, "here"), a_connection(db, "there")
    synced(db, here, [*OTHERS, N], 0)
    for day in (1, 29):
        synced(db, here, OTHERS, day)
    assert row(db, N)["status"] == "Used"
    synced(db, there, ONE, 30)  # its first list, and the phone is a minute late
    synced(db, here, OTHERS, 30)
    released(db, 30)
    assert (row(db, N)["status"], row(db, N)["release_date"]) == ("Cooling", NOON + 32 * DAY)


def brought_in(db: Connection, directory: Path, day: float) -> None:
    """A file says that a device has the number."""
    file = directory / "numbers.csv"
    fields = f"internal_number,hierarchy,status,usage,vendor\n{N},{TOP},Used,Device,AudioCodes\n"
    file.write_text(fields)
    imports.import_file(db, file, actor=ME, as_of=NOON + day * DAY, make_nodes=True)
    assert row(db, N)["status"] == "Used"


def test_what_is_brought_in_is_not_away_since_it_was_heard_of_last(
    db: Connection, tmp_path: Path
) -> None:
    config = a_connection(db)
    synced(db, config, [*OTHERS, N], 0)
    for day in (1, 4):
        synced(db, config, OTHERS, day)
    assert released(db, 4).released == 1
    operations.delete(db, Selection([N], None, NOON + 5 * DAY, ME))
    brought_in(db, tmp_path, 100)
    synced(db, config, OTHERS, 100.5)
    assert row(db, N)["release_date"] == NOON + 102.5 * DAY


def test_what_is_brought_in_is_missed_by_no_list_before(db: Connection, tmp_path: Path) -> None:
    a_macro(db, "audiocodes_consecutive_misses", 3, hierarchy="sys", set_by="me", valid_from=NOON)
    config = a_connection(db)
    for day in (0, 1, 2):
        synced(db, config, OTHERS, day)
    brought_in(db, tmp_path, 2.5)
    for day in (3, 4):
        assert synced(db, config, OTHERS, day).findings == {"missed": 1}
    assert synced(db, config, OTHERS, 5).changes == {"cool": 1}


def test_a_list_that_no_plan_has_judged_misses_nothing(db: Connection) -> None:
    a_macro(db, "audiocodes_consecutive_misses", 2, hierarchy="sys", set_by="me", valid_from=NOON)
    config = a_connection(db)
    synced(db, config, [*OTHERS, N], 0)
    assert synced(db, config, OTHERS, 2).findings == {"missed": 1}
    observed(db, config, NOON + DAY, [])  # late, and empty
    assert plans.compute(db, config.name).findings == {"missed": 1}


def test_what_only_a_purged_connection_had_leaves_by_the_lists_of_others(
    db: Connection, tmp_path: Path
) -> None:
    gone, here = a_connection(db, "gone"), a_connection(db, "here")
    synced(db, gone, [*OTHERS, N], 0)
    synced(db, here, ONE, 0)
    purge = purges.propose(db, "gone", as_of=NOON + DAY)
    decisions.approve(db, purge.plan, reason="gone", as_of=NOON + DAY, actor=ME)
    synced(db, here, ONE, 4)
    released(db, 4)
    operations.delete(db, Selection([N], None, NOON + 5 * DAY, ME))
    brought_in(db, tmp_path, 6)
    synced(db, here, ONE, 7)
    assert row(db, N)["release_date"] == NOON + 9 * DAY


def test_a_whole_number_waits_for_the_hold_of_another_site_of_its_connection(
    db: Connection,
) -> None:
    config = mapped(db, "lab", IN_LONDON, {"node": "SBC-2", "hierarchy": LEEDS})
    synced(db, config, [*ONE, *TWO, a_user(N, nodeName="SBC-1")], 0)
    synced(db, config, [*ONE, *TWO], 1)
    synced(db, config, [*ONE, *TWO, a_user(N, nodeName="SBC-2")], 1.5)
    assert [hold.node for hold in synced(db, config, ONE, 2).holds] == ["SBC-2"]
    synced(db, config, ONE, 4)
    assert released(db, 4).kept == {"in a hold": 1}


def test_a_release_of_an_instant_before_the_end_of_a_hold_lets_numbers_rest(
    db: Connection,
) -> None:
    config = a_connection(db)
    synced(db, config, [*ONE, *TWO, a_user(N, nodeName="SBC-1")], 0)
    synced(db, config, [*ONE, *TWO], 1)
    assert synced(db, config, TWO, 1.5).holds  # it is at SBC-1 again, and nobody sees it
    assert synced(db, config, [*ONE, *TWO], 4).holds == []
    assert released(db, 3.5).kept == {"resting after a hold": 1}  # the run of 3.5, only now


def test_a_late_list_that_no_plan_has_judged_hides_no_dark_node(db: Connection) -> None:
    config = a_connection(db)
    synced(db, config, [*TWO, a_user(N, nodeName="SBC-1")], 0)
    assert synced(db, config, [], 0.5).holds
    observed(db, config, NOON + 0.25 * DAY, TWO)
    over_there = synced(db, config, [*TWO, a_user(N, nodeName="SBC-2")], 1)
    assert [(hold.node, hold.rule) for hold in over_there.holds] == [("SBC-1", "missing node")]


def test_what_a_connection_could_have_that_was_moved_is_not_released(db: Connection) -> None:
    config = a_connection(db)
    a_used_number(db, N, hierarchy=LONDON)
    for day in (0, 1):
        synced(db, config, OTHERS, day)
    register(db, [config.model_copy(update={"hierarchy": "sys.hcs.other"})])
    assert released(db, 5).kept == {"absence not confirmed": 1}


# What is given away by another way than a release asks for the same evidence.


def a_subscribers(db: Connection) -> None:
    a_number(db, N, hierarchy=TOP, status="Used", usage="User", vendor="Microsoft")


def given_up(db: Connection, day: float) -> dict[str, Any]:
    operations.unassign(db, wish(N, TOP, day))
    return row(db, N)


def elsewhere(db: Connection) -> ConnectionConfig:
    """A second row of a whole number, whose phone is at London."""
    a_node(db, LEEDS)
    a_number(db, N, hierarchy=LEEDS)
    return a_connection(db, "london", hierarchy=LONDON)


def refused(db: Connection, day: float) -> None:
    """The second row is given to nobody."""
    with pytest.raises(Refused, match=r"may be back|at another hierarchy node too"):
        operations.assign(db, wish(N, LEEDS, day), vendor="Microsoft", subscriber="bob")
    with pytest.raises(Refused):
        pools.next_available(db, Selection([], LEEDS, NOON + day * DAY, ME), pools.Wish())


def test_what_a_subscriber_gives_up_in_an_outage_cools_until_it_is_over(db: Connection) -> None:
    config = a_connection(db)
    a_subscribers(db)
    synced(db, config, [*OTHERS, N], 0)
    synced(db, config, OTHERS, 1)
    found = given_up(db, 4)  # there was no list since
    assert (found["status"], found["release_date"]) == ("Cooling", NOON + 4 * DAY)
    assert released(db, 5).kept == {"absence not confirmed": 1}
    synced(db, config, OTHERS, 5)
    assert released(db, 5).released == 1


def test_nobody_gets_in_an_outage_what_a_device_had(db: Connection) -> None:
    config = elsewhere(db)
    synced(db, config, [*OTHERS, N], 0)
    synced(db, config, OTHERS, 1)
    refused(db, 4)


def test_nobody_gets_after_a_second_hold_what_was_lost_in_the_first(db: Connection) -> None:
    config = elsewhere(db)
    synced(db, config, [*ONE, a_user(N, nodeName="SBC-1")], 1)
    for day, users in ((2, []), (5, []), (5.5, ONE), (6, []), (10, []), (10.1, ONE)):
        synced(db, config, users, day)
    refused(db, 10.2)


@pytest.mark.parametrize("still", [True, False])
def test_what_a_subscriber_gives_up_cools_for_a_hold_of_an_sbc_that_could_have_it(
    db: Connection, *, still: bool
) -> None:
    here, there = a_connection(db, "here"), a_connection(db, "there")
    a_subscribers(db)
    synced(db, here, [*OTHERS, N], 0)
    synced(db, there, ONE, 0)
    assert synced(db, there, [], 0.5).holds
    for day in (1, 4):
        synced(db, here, OTHERS, day)  # it is there, unseen
    synced(db, there, [] if still else ONE, 4)
    assert given_up(db, 4.01)["status"] == "Cooling"
    assert released(db, 4.02).released == 0


@pytest.mark.parametrize("there_is", ["without anybody", "taken out"])
def test_what_a_subscriber_gives_up_cools_for_a_connection_that_says_nothing(
    db: Connection, there_is: str
) -> None:
    here, there = a_connection(db, "here"), a_connection(db, "there")
    a_subscribers(db)
    synced(db, here, [*OTHERS, N], 0)
    synced(db, there, ELSEWHERE if there_is == "taken out" else [], 0)
    for day in (1, 4):  # it is there by now
        synced(db, here, OTHERS, day)
        if there_is == "without anybody":
            synced(db, there, [], day)
    if there_is == "taken out":
        register(db, [here])
    assert given_up(db, 4.01)["status"] == "Cooling"
    assert released(db, 4.02).kept == {"absence not confirmed": 1}


def test_nobody_gets_what_a_device_has_in_another_row(db: Connection) -> None:
    elsewhere(db)
    a_used_number(db, N, hierarchy=LONDON)
    refused(db, 1)


def test_a_whole_number_has_one_user_wherever_it_stands(db: Connection) -> None:
    for node in (LONDON, LEEDS):
        a_node(db, node)
        operations.add(db, wish(N, node, 0))
    operations.assign(db, wish(N, LONDON, 0), vendor="Zoom", subscriber="jdoe")
    said = "is Available, and stands at another hierarchy node too, where it is not Available"
    for take in (
        lambda: operations.assign(db, wish(N, LEEDS, 0), vendor="Zoom", subscriber="bob"),
        lambda: operations.reserve(db, wish(N, LEEDS, 0)),
        lambda: operations.mark_utility(db, wish(N, LEEDS, 0), usage="Hunt_Pilot"),
    ):
        with pytest.raises(Refused, match=said):
            take()
    with pytest.raises(Refused, match="there are 0"):
        pools.next_available(db, Selection([], LEEDS, NOON, ME), pools.Wish())
    operations.unassign(db, wish(N, LONDON, 1))
    operations.assign(db, wish(N, LEEDS, 1), vendor="Zoom", subscriber="bob")
    assert statuses(db) == {LONDON: "Available", LEEDS: "Used"}


def test_of_two_users_of_a_whole_number_each_gives_it_up(db: Connection) -> None:
    for node in (LONDON, LEEDS):
        a_number(db, N, hierarchy=node, status="Used", usage="User", vendor="Zoom")
    operations.unassign(db, wish(N, LONDON, 1))  # it waits for a release, not for the other one
    assert statuses(db) == {LONDON: "Cooling", LEEDS: "Used"}
    assert released(db, 1).released == 1
    operations.unassign(db, wish(N, LEEDS, 2))
    assert statuses(db) == {LONDON: "Available", LEEDS: "Available"}


@pytest.mark.parametrize("listed", [True, False])
def test_no_person_ends_cooling_while_its_device_may_be_where_nobody_looks(
    db: Connection, *, listed: bool
) -> None:
    config = a_connection(db)
    if not listed:
        a_used_number(db, N, hierarchy=LONDON)
    here = [a_user(N, nodeName="SBC-2")] if listed else []
    synced(db, config, [*ONE, *TWO, *here], 0)
    synced(db, config, [*ONE, *TWO], 1)
    assert row(db, N)["status"] == "Cooling"
    assert [hold.node for hold in synced(db, config, TWO, 1.5).holds] == ["SBC-1"]
    node = row(db, N)["hierarchy"]
    with pytest.raises(Refused, match="list is distrusted"):
        operations.end_cooling(db, wish(N, node, 1.6))
    synced(db, config, [*ONE, *TWO], 1.7)
    operations.end_cooling(db, wish(N, node, 1.8))
    assert row(db, N)["status"] == "Available"


def test_a_person_ends_the_cooling_of_what_no_device_had_in_a_hold(db: Connection) -> None:
    config = a_connection(db)
    synced(db, config, [*ONE, *TWO], 0)
    a_number(db, N, hierarchy=TOP)
    operations.cool(db, wish(N, TOP, 1))
    assert synced(db, config, TWO, 1.5).holds
    operations.end_cooling(db, wish(N, TOP, 1.6))
    assert row(db, N)["status"] == "Available"


def test_what_a_device_had_lately_may_be_set_to_cool(db: Connection) -> None:
    config = a_connection(db)
    a_number(db, N, hierarchy=TOP, status="Reserved")
    synced(db, config, [*OTHERS, a_user(N, active=False)], 0)
    synced(db, config, OTHERS, 1)
    operations.unreserve(db, wish(N, TOP, 1.1))
    operations.cool(db, wish(N, TOP, 1.2), days=1)
    assert row(db, N)["release_date"] == NOON + 3 * DAY


def test_a_late_list_counts_although_the_number_was_released(db: Connection) -> None:
    config = a_connection(db)
    synced(db, config, [*OTHERS, N], 0)
    for day in (1, 3):
        synced(db, config, OTHERS, day)
    assert released(db, 3).released == 1
    observed(db, config, NOON + 2.9 * DAY, [*OTHERS, N])
    with pytest.raises(Refused, match="may be back"):
        operations.assign(db, wish(N, TOP, 3.1), vendor="Microsoft", subscriber="bob")


def test_the_days_of_the_node_count_where_the_device_was(db: Connection) -> None:
    config = elsewhere(db)
    a_macro(db, "audiocodes_cooling_duration", 10, hierarchy=LONDON, set_by="me", valid_from=NOON)
    synced(db, config, [*OTHERS, N], 0)
    for day in (1, 5):
        synced(db, config, OTHERS, day)
    refused(db, 5)


def test_an_extension_has_not_cooled_where_another_of_its_digits_has(db: Connection) -> None:
    a_node(db, LEEDS)
    a_number(db, "1001", hierarchy=LONDON)
    config = mapped(db, "lab", IN_LONDON, {"node": "SBC-2", "hierarchy": LEEDS})
    synced(db, config, [*ONE, *TWO, a_user("1001", nodeName="SBC-2", active=False)], 0)
    operations.cool(db, wish("1001", LONDON, 3), days=1)
    synced(db, config, [*ONE, *TWO], 4)
    operations.end_cooling(db, wish("1001", LONDON, 4.1))
    with pytest.raises(Refused, match="may be back"):
        operations.move(db, wish("1001", LONDON, 4.2), to_hierarchy=LEEDS)


FIRST = "+442079460300"  # of ONE
NEW = "+442079460777"
ELSEWHERE = [a_user(f"+4420794606{digit:02}", nodeName="B-1") for digit in range(9)]
STRANGER = a_user("1000", nodeName="SBC-1", active=False)


@pytest.mark.parametrize("others", [TWO, []])
def test_newcomers_do_not_end_the_hold_of_those_who_vanished(
    db: Connection, others: list[Any]
) -> None:
    config = a_connection(db)
    synced(db, config, [*ONE, *others], 0)
    for day in (1, 1.5, 4):
        again = synced(db, config, [a_user(NEW, nodeName="SBC-1"), *others], day)
        assert {hold.rule for hold in again.holds} == {"all vanished"}
    assert row(db, NEW)["status"] == "Used"
    assert released(db, 4).released == 0
    back = synced(db, config, [ONE[0], a_user(NEW, nodeName="SBC-1"), *others], 5)
    assert (back.holds, back.changes) == ([], {"cool": 8})


def test_many_newcomers_do_not_thin_out_those_who_vanished(db: Connection) -> None:
    config = a_connection(db)
    many = [a_user(f"+4420794{digit:05}", nodeName="SBC-1") for digit in range(100)]
    new = [a_user(f"+4420796{digit:05}", nodeName="SBC-1") for digit in range(150)]
    synced(db, config, [*many, *TWO], 0)
    for day in (1, 1.5):
        plan = synced(db, config, [*many[20:], *new, *TWO], day)
        assert plan.withheld == {"cool": 20}


def test_who_comes_back_from_cooling_does_not_end_a_hold_either(db: Connection) -> None:
    config = a_connection(db)
    synced(db, config, [*ONE, *TWO], 0)
    synced(db, config, [*ONE[1:], *TWO], 1)
    for day in (2, 2.5):
        plan = synced(db, config, [ONE[0], *TWO], day)
        assert plan.withheld == {"cool": 8}
    assert row(db, FIRST)["status"] == "Used"


@pytest.mark.parametrize("dark_first", [False, True])
def test_a_stranger_that_is_not_active_speaks_for_nobody(db: Connection, dark_first: bool) -> None:
    config = a_connection(db)
    synced(db, config, [*ONE, *TWO], 0)
    if dark_first:
        synced(db, config, TWO, 1)
    for day in (1.5, 4):
        assert synced(db, config, [*TWO, STRANGER], day).withheld == {"cool": 9}
    assert released(db, 4).released == 0


def test_nor_does_it_at_another_node(db: Connection) -> None:
    config = a_connection(db)
    synced(db, config, ONE, 0)
    plan = synced(db, config, [STRANGER | {"nodeName": "SBC-2"}], 1)
    held = [(hold.node, hold.rule) for hold in plan.holds]
    assert held == [(None, "all vanished"), ("SBC-1", "missing node")]


def test_a_newcomer_at_two_nodes_speaks_for_nobody_at_either(db: Connection) -> None:
    config = a_connection(db)
    two = [user | {"nodeName": "SBC-0"} for user in TWO]
    synced(db, config, [*ONE, *two], 0)
    both = [a_user(NEW, nodeName=name) for name in ("SBC-0", "SBC-1")]
    assert synced(db, config, [*two, *both], 1).withheld == {"cool": 9}


def test_what_is_lost_at_two_nodes_is_lost_at_both(db: Connection) -> None:
    config = a_connection(db)
    many = [a_user(f"+4420794{digit:05}", nodeName="SBC-1") for digit in range(500)]
    both = [
        a_user(f"+4420796{digit:05}", nodeName=name)
        for digit in range(50)
        for name in ("SBC-1", "SBC-2")
    ]
    stays = a_user(N, nodeName="SBC-2")
    synced(db, config, [*many, *both, stays], 0)
    plan = synced(db, config, [*many, stays], 1)
    assert [(one.node, one.removed, one.held) for one in plan.verdicts] == [("SBC-2", 50, 51)]
    assert plan.withheld == {"cool": 50}


@pytest.mark.parametrize("dark", [TWO, []])
def test_an_approval_accepts_no_darkness_of_a_node_that_was_back(
    db: Connection, dark: list[Any]
) -> None:
    config = a_connection(db)
    three = [a_user(f"+4420794606{digit:02}", nodeName="SBC-3") for digit in range(9)]
    synced(db, config, [*TWO, *three, a_user(N, nodeName="SBC-1")], 0)
    old = synced(db, config, dark, 1)
    synced(db, config, [*TWO, a_user(N, nodeName="SBC-1")], 2)
    decisions.approve(db, old.plan, reason="gone", as_of=NOON + 2.1 * DAY, actor=ME)
    moved = synced(db, config, [*TWO, a_user(N, nodeName="SBC-2")], 3)
    assert [hold.node for hold in moved.holds] == ["SBC-1"]
    for day in (4, 6):  # it is back at SBC-1, which is dark
        synced(db, config, TWO, day)
    assert released(db, 6).kept == {"in a hold": 9}
    assert row(db, N)["status"] == "Used"


def test_a_late_list_that_no_plan_judged_shortens_no_cooling(db: Connection) -> None:
    config = a_connection(db)
    synced(db, config, [*OTHERS, N], 0)
    synced(db, config, OTHERS, 1)
    observed(db, config, NOON + 2.5 * DAY, [*OTHERS, N])  # the run dies here: nothing is applied
    synced(db, config, OTHERS, 10)
    observed(db, config, NOON + 2.6 * DAY, [])
    assert released(db, 10).kept == {"absence not confirmed": 1}
    synced(db, config, OTHERS, 12)
    assert released(db, 12).released == 1


def test_nor_does_it_make_a_loss_older(db: Connection) -> None:
    config = a_connection(db)
    a_number(db, N, hierarchy=TOP, status="Used", usage="User", vendor="Microsoft")
    synced(db, config, [*OTHERS, N], 0)
    synced(db, config, OTHERS, 10)
    observed(db, config, NOON + 0.1 * DAY, [])
    operations.unassign(db, wish(N, TOP, 10.01))
    assert row(db, N)["status"] == "Cooling"
    assert row(db, N)["release_date"] == NOON + 12 * DAY


def test_nor_does_it_date_the_first_reading_back(db: Connection) -> None:
    here, there = a_connection(db, "here"), a_connection(db, "there")
    synced(db, here, [*OTHERS, N], 0)
    for day in (1, 29):
        synced(db, here, OTHERS, day)
    observed(db, there, NOON + 30 * DAY, ONE)
    observed(db, there, NOON + 0.5 * DAY, [])
    plan = plans.compute(db, "there")
    plans.apply(db, plan.plan, actor=ME)
    synced(db, here, OTHERS, 30)
    assert row(db, N)["release_date"] == NOON + 32 * DAY


def test_lists_of_a_connection_that_never_had_anybody_are_no_evidence(db: Connection) -> None:
    here, there = a_connection(db, "here"), a_connection(db, "there")
    synced(db, here, [*OTHERS, N], 0)
    for day in (0, 1, 3):
        synced(db, here, OTHERS if day else [*OTHERS, N], day)
        synced(db, there, [], day)  # the feature is off there, and that is where its phone went
    assert released(db, 3).kept == {"absence not confirmed": 1}
    synced(db, there, ONE, 4)
    assert released(db, 4).released == 1


@pytest.mark.parametrize("number", ["1001", N])
def test_a_site_of_a_connection_that_could_have_a_number_is_waited_for(
    db: Connection, number: str
) -> None:
    here = a_connection(db, "here", hierarchy=TOP)
    there = a_connection(
        db, "there", hierarchy=LONDON, rules={"sites": [{"node": "B-1", "hierarchy": TOP}]}
    )
    a_node(db, LEEDS)
    a_number(db, number, hierarchy=LEEDS)
    synced(db, here, [*OTHERS, number], 0)
    synced(db, there, ELSEWHERE, 0)
    for day in (1, 3):  # its phone is at B-1 by now, and that is not read
        synced(db, here, OTHERS, day)
    assert released(db, 3).kept == {"absence not confirmed": 1}


@pytest.mark.parametrize("days", [0, 2])
def test_so_it_is_for_what_a_subscriber_gives_up_and_without_days(
    db: Connection, days: int
) -> None:
    a_macro(db, "audiocodes_cooling_duration", days, hierarchy="sys", set_by="me", valid_from=NOON)
    here = a_connection(db, "here", hierarchy=TOP)
    there = a_connection(
        db, "there", hierarchy=LONDON, rules={"sites": [{"node": "B-1", "hierarchy": TOP}]}
    )
    a_number(db, N, hierarchy=LEEDS, status="Used", usage="User", vendor="Microsoft")
    a_number(db, NEW, hierarchy=LEEDS)
    synced(db, here, [*OTHERS, N, NEW], 0)
    synced(db, there, ELSEWHERE, 0)
    for day in (1, 4):
        synced(db, here, OTHERS, day)
    operations.unassign(db, wish(N, LEEDS, 4.01))
    assert statuses(db) | statuses(db, NEW) == {LEEDS: "Cooling"}
    assert released(db, 4).released == 0


@pytest.mark.parametrize("how", ["moved", "gone"])
def test_a_connection_that_was_moved_or_taken_out_is_waited_for_until_it_is_purged(
    db: Connection, how: str
) -> None:
    here, there = a_connection(db, "here"), a_connection(db, "there")
    synced(db, here, [*OTHERS, N], 0)
    synced(db, there, ELSEWHERE, 0)
    moved = there.model_copy(update={"hierarchy": "sys.hcs.other"})
    register(db, [here, moved] if how == "moved" else [here])
    for day in (1, 3):
        synced(db, here, OTHERS, day)
    assert released(db, 3).kept == {"absence not confirmed": 1}
    purged(db, "there", NOON + 4 * DAY, ME)
    assert released(db, 4).released == 1


def test_a_whole_number_waits_for_all_that_is_where_it_was_listed(db: Connection) -> None:
    here = a_connection(db, "leeds", hierarchy=LEEDS)
    one = a_connection(db, "one", hierarchy=LONDON)
    two = a_connection(db, "two", hierarchy=LONDON)
    synced(db, here, [*OTHERS, N], 0)
    synced(db, one, ONE, 0)
    synced(db, two, ELSEWHERE, 0)
    synced(db, here, OTHERS, 1)
    synced(db, one, [*ONE, a_user(N, nodeName="SBC-1")], 1)
    for day in (2, 5):  # it is at two by now, and that is not read
        synced(db, one, ONE, day)
    synced(db, here, OTHERS, 5)
    assert released(db, 5).kept == {"absence not confirmed": 2}
    assert statuses(db) == {LEEDS: "Cooling", LONDON: "Cooling"}


def test_a_whole_number_waits_for_all_that_is_where_its_row_is(db: Connection) -> None:
    here = a_connection(db, "leeds", hierarchy=LEEDS)
    one = a_connection(db, "one", hierarchy=LONDON)
    synced(db, here, OTHERS, 0)
    synced(db, one, [*ONE, a_user(N, nodeName="SBC-1")], 0)
    synced(db, one, ONE, 1)
    a_number(db, N, hierarchy=LEEDS, status="Cooling", release_date=NOON + 2 * DAY)
    synced(db, one, ONE, 5)  # it is in Leeds by now, and that is not read
    assert released(db, 5).kept == {"absence not confirmed": 1}
    assert statuses(db) == {LEEDS: "Cooling", LONDON: "Available"}
    synced(db, here, OTHERS, 5)
    assert released(db, 5).released == 1


def test_nor_is_it_freed_at_once_without_days(db: Connection) -> None:
    a_macro(db, "audiocodes_cooling_duration", 0, hierarchy="sys", set_by="me", valid_from=NOON)
    here = a_connection(db, "leeds", hierarchy=LEEDS)
    one = a_connection(db, "one", hierarchy=LONDON)
    two = a_connection(db, "two", hierarchy=LONDON)
    synced(db, here, [*OTHERS, N], 0)
    synced(db, one, [*ONE, a_user(N, nodeName="SBC-1")], 0)
    synced(db, two, ELSEWHERE, 0)
    synced(db, one, ONE, 1)  # it is at two by now, and that is not read
    synced(db, here, OTHERS, 1)
    assert statuses(db) == {LEEDS: "Cooling", LONDON: "Cooling"}
    assert released(db, 1).kept == {"absence not confirmed": 2}


@pytest.mark.parametrize("dark_first", [False, True])
def test_who_comes_from_another_node_speaks_for_nobody_who_vanished(
    db: Connection, dark_first: bool
) -> None:
    config = a_connection(db)
    synced(db, config, [*ONE, *TWO], 0)
    if dark_first:
        synced(db, config, TWO, 1)
    roamed = [TWO[0] | {"nodeName": "SBC-1"}, *TWO[1:]]
    for day in (1.5, 4, 6):
        plan = synced(db, config, roamed, day)
        assert [hold.node for hold in plan.holds] == ["SBC-1"]
    assert released(db, 6).released == 0
    assert synced(db, config, [ONE[0], *roamed], 7).holds == []


def test_an_audit_of_an_instant_before_a_hold_makes_no_veterans_of_newcomers(
    db: Connection,
) -> None:
    config = a_connection(db)
    synced(db, config, [*ONE, *TWO], 0)
    without = [a_user(NEW, nodeName="SBC-1"), *TWO]
    observed(db, config, NOON + DAY, without)
    plans.compute(db, "lab")  # it is applied after the audit
    audits.audit(db, as_of=NOON + DAY - timedelta(minutes=5), actor=ME)
    assert row(db, NEW)["status"] == "Used"
    assert events(db, NEW)[-1]["as_of"] == NOON + DAY
    for day in (1.5, 4):
        assert synced(db, config, without, day).withheld == {"cool": 9}


def test_the_same_digits_of_another_customer_keep_no_hold_open(db: Connection) -> None:
    config = mapped(db, "lab", IN_LONDON, {"node": "SBC-2", "hierarchy": LEEDS})
    paris = a_connection(db, "paris", hierarchy="sys.hcs.paris")
    two = [a_user(digits, nodeName="SBC-1") for digits in ("1001", "1002")]
    synced(db, config, [*two, *TWO], 0)
    synced(db, paris, ["2000"], 0)
    assert synced(db, config, TWO, 1).holds
    synced(db, paris, ["2000", "1001"], 1)
    back = synced(db, config, [two[0], *TWO], 2)
    assert (back.holds, back.changes) == ([], {"cool": 1})


def test_a_dark_node_that_was_approved_with_all_others_is_not_held_again(db: Connection) -> None:
    config = a_connection(db)
    synced(db, config, [*ONE, *TWO], 0)
    plan = synced(db, config, TWO[:5], 1)
    assert [hold.rule for hold in plan.holds] == ["all nodes"]
    decisions.approve(db, plan.plan, reason="gone", as_of=NOON + 1.1 * DAY, actor=ME)
    assert synced(db, config, TWO[:5], 2).holds == []


def test_who_is_spared_makes_no_dead_node_look_alive(db: Connection) -> None:
    config = a_connection(db)
    spared = a_user("2079460999", nodeName="SBC-1")
    synced(db, config, [*ONE, *TWO, spared], 0)
    other = config.model_copy(update={"rules": NumberRules(country_code="44", national_prefix="")})
    for day in (1, 4):
        plan = synced(db, other, [*TWO, spared | {"nodeName": "SBC-2"}], day)
        held = [(hold.node, hold.rule) for hold in plan.holds]
        assert held == [(None, "changed rules"), ("SBC-1", "missing node")]
    assert released(db, 4).released == 0
    assert row(db, "2079460999")["status"] == "Used"
