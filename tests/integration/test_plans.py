"""A plan is the difference between what the inventory should be and what it is."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from include.arm import NumberRules, SiteRule
from include.inventory import operations, plans
from include.inventory.errors import NotFound, Refused
from include.inventory.events import Actor
from include.inventory.selections import Selection
from tests.integration.factories import (
    NOON,
    a_connection,
    a_macro,
    a_number,
    a_used_number,
    a_user,
    events,
    observed,
    row,
)

DAY = timedelta(days=1)
ME = Actor("tester")
OTHERS = [f"+4420794602{digit:02}" for digit in range(20)]


def synced(db: Connection, users: list, day: float = 0, **fields) -> plans.Plan:
    observed(db, a_connection(db, **fields), NOON + day * DAY, users)
    plan = plans.compute(db, fields.get("name", "lab"))
    plans.apply(db, plan.plan, actor=ME)
    return plan


def inventory(db: Connection) -> list:
    return db.execute(text("SELECT * FROM numbers.number ORDER BY number_id")).all()


def test_applying_again_changes_nothing(db: Connection) -> None:
    observed(db, a_connection(db), NOON, OTHERS)
    plan = plans.compute(db, "lab")
    assert plan.changes == {"create": 20}
    assert plans.apply(db, plan.plan, actor=ME).changed == {"create": 20}
    before = inventory(db)
    again = plans.apply(db, plan.plan, actor=ME)
    assert (again.changed, again.status) == ({}, "applied")
    assert inventory(db) == before
    assert len(events(db, OTHERS[0])) == 1


def test_a_plan_of_an_aligned_inventory_is_empty(db: Connection) -> None:
    synced(db, OTHERS)
    plan = plans.compute(db, "lab")
    assert (plan.changes, plan.withheld, plan.findings, plan.status) == ({}, {}, {}, "open")


def test_a_newer_plan_supersedes_the_open_one(db: Connection) -> None:
    observed(db, a_connection(db), NOON, OTHERS)
    first = plans.compute(db, "lab")
    plans.compute(db, "lab")
    with pytest.raises(Refused, match="is stale"):
        plans.apply(db, first.plan, actor=ME)


def test_what_a_withheld_plan_has_changed_stays_told_when_it_is_superseded(db: Connection) -> None:
    synced(db, [a_user(number, nodeName="SBC-2") for number in OTHERS] + ["1001", "1002"])
    plan = synced(db, ["1001", "1002", "1003"], 1)
    plans.compute(db, "lab")
    found = text(
        "SELECT kind, status, count(*) FROM numbers.plan_change WHERE plan_id = :plan "
        "GROUP BY kind, status ORDER BY kind"
    )
    told = db.execute(found, {"plan": plan.plan}).all()
    assert [tuple(row) for row in told] == [("cool", "withheld", 20), ("create", "open", 1)]


def test_a_plan_is_stale_when_its_connection_has_been_read_again(db: Connection) -> None:
    config = a_connection(db)
    observed(db, config, NOON, OTHERS)
    plan = plans.compute(db, "lab")
    observed(db, config, NOON + DAY, OTHERS)
    with pytest.raises(Refused, match="is stale"):
        plans.apply(db, plan.plan, actor=ME)


def test_a_plan_for_the_past_is_refused(db: Connection) -> None:
    observed(db, a_connection(db), NOON, OTHERS)
    with pytest.raises(Refused, match="a plan for the past"):
        plans.compute(db, "lab", as_of=NOON - DAY)


def test_a_connection_never_read_has_no_plan(db: Connection) -> None:
    a_connection(db)
    with pytest.raises(NotFound, match="No list of lab"):
        plans.compute(db, "lab")


def test_a_number_changed_since_the_plan_is_left_for_the_next(db: Connection) -> None:
    a_number(db)
    observed(db, a_connection(db), NOON, ["+442079460123"])
    plan = plans.compute(db, "lab")
    db.execute(text("UPDATE numbers.number SET status = 'Used', usage = 'User', vendor = 'Zoom'"))
    assert plans.apply(db, plan.plan, actor=ME).changed == {}
    assert plans.compute(db, "lab").findings == {"conflict": 1}


def test_a_number_that_another_vendor_has_taken_since_the_plan_is_not_removed(
    db: Connection,
) -> None:
    synced(db, [*OTHERS, "1001"])
    observed(db, a_connection(db), NOON + DAY, OTHERS)
    plan = plans.compute(db, "lab")
    db.execute(text("UPDATE numbers.number SET vendor = 'Zoom' WHERE internal_number = '1001'"))
    assert plans.apply(db, plan.plan, actor=ME).changed == {}
    assert row(db, "1001")["vendor"] == "Zoom"


def test_a_number_that_came_online_elsewhere_since_the_plan_is_not_removed(db: Connection) -> None:
    synced(db, [*OTHERS, "1001"])
    observed(db, a_connection(db), NOON + DAY, OTHERS)
    plan = plans.compute(db, "lab")
    assert plan.changes == {"cool": 1}
    observed(db, a_connection(db, "other"), NOON + DAY, ["1001"])
    assert plans.apply(db, plan.plan, actor=ME).changed == {}
    assert row(db, "1001")["status"] == "Used"


def test_presence_is_the_union_over_connections(db: Connection) -> None:
    synced(db, [*OTHERS, "1001"], name="one")
    synced(db, [*OTHERS, "1001"], name="other")
    assert synced(db, OTHERS, 1, name="one").changes == {}
    assert synced(db, OTHERS, 2, name="other").changes == {"cool": 1}
    assert row(db, "1001")["release_date"] == NOON + 4 * DAY


def test_the_same_digits_of_another_customer_do_not_hide_who_is_online(db: Connection) -> None:
    synced(db, [*OTHERS, "1001"], name="one")
    synced(db, [*OTHERS, "1001"], name="other")
    synced(db, ["1001"], name="zenith", hierarchy="sys.hcs.zenith")
    assert synced(db, OTHERS, 1, name="one").changes == {}
    assert synced(db, OTHERS, 2, name="other").changes == {"cool": 1}


def test_a_phone_that_moves_to_another_node_keeps_its_number(db: Connection) -> None:
    synced(db, [*OTHERS, a_user("1001", nodeName="SBC-1")])
    assert synced(db, [*OTHERS, a_user("1001", nodeName="SBC-2")], 1).changes == {}


def test_a_registration_that_is_not_active_claims_nothing_and_keeps_what_is_held(
    db: Connection,
) -> None:
    inactive = a_user("1001", active=False)
    a_number(db, "1001")
    assert synced(db, [*OTHERS, inactive]).changes == {"create": 20}
    assert synced(db, [*OTHERS, "1001"], 1).changes == {"claim": 1}
    assert synced(db, [*OTHERS, inactive], 2).changes == {}
    assert row(db, "1001")["status"] == "Used"
    assert synced(db, OTHERS, 3).changes == {"cool": 1}


def test_a_conflict_is_reported_on_every_run_until_it_ends(db: Connection) -> None:
    a_number(db, "1001", status="Used", usage="User", vendor="Microsoft")
    assert synced(db, [*OTHERS, "1001"]).findings == {"conflict": 1}
    assert synced(db, [*OTHERS, "1001"], 1).findings == {"conflict": 1}
    assert synced(db, OTHERS, 2).findings == {}


@pytest.mark.parametrize("where", ["sys.hcs.acme", "sys.hcs", "sys.hcs.acme.london.desk"])
def test_a_number_is_looked_for_at_above_and_below_its_node(db: Connection, where: str) -> None:
    a_number(db, "1001", hierarchy=where)
    assert synced(db, ["1001"]).changes == {"claim": 1}


def test_a_number_of_another_customer_is_another_number(db: Connection) -> None:
    a_number(db, "1001", hierarchy="sys.hcs.acme2")
    assert synced(db, ["1001"]).changes == {"create": 1}


def test_the_same_extension_on_two_sites_without_a_mapping_is_reported_not_guessed(
    db: Connection,
) -> None:
    for site in ("london", "paris"):
        a_number(db, "1001", hierarchy=f"sys.hcs.acme.{site}")
    plan = synced(db, ["1001"])
    assert (plan.changes, plan.findings) == ({}, {"ambiguous": 1})


def test_the_same_extension_on_two_mapped_sites_is_two_numbers(db: Connection) -> None:
    sites = (
        SiteRule(node="SBC-1", hierarchy="sys.hcs.acme.london"),
        SiteRule(node="SBC-2", hierarchy="sys.hcs.acme.paris"),
    )
    both = [a_user("1001", nodeName="SBC-1"), a_user("1001", nodeName="SBC-2")]
    rules = NumberRules(sites=sites)
    others = [a_user(number, nodeName=node) for number in OTHERS for node in ("SBC-1", "SBC-2")]
    assert synced(db, [*others, *both], rules=rules).changes == {"create": 42}
    assert synced(db, [*others, both[0]], 1, rules=rules).changes == {"cool": 1}
    states = db.execute(
        text("SELECT hierarchy, status FROM numbers.number WHERE internal_number = '1001'")
    )
    assert dict(states.all()) == {"sys.hcs.acme.london": "Used", "sys.hcs.acme.paris": "Cooling"}


def test_digits_seen_at_a_node_and_above_it_make_one_row(db: Connection) -> None:
    rules = NumberRules(sites=(SiteRule(node="SBC-1", hierarchy="sys.hcs.acme.london"),))
    users = [a_user("1001", nodeName="SBC-1"), a_user("1001", nodeName="SBC-2")]
    assert synced(db, users, rules=rules).changes == {"create": 1}
    assert row(db, "1001")["hierarchy"] == "sys.hcs.acme"
    assert plans.compute(db, "lab").changes == {}


def test_a_plan_takes_the_macro_of_the_nearest_node_that_was_in_force(db: Connection) -> None:
    for days, node in ((5, "sys"), (7, "sys.hcs.acme.london")):
        a_macro(
            db, "audiocodes_cooling_duration", days, hierarchy=node, set_by="me", valid_from=NOON
        )
    a_number(db, "1001", hierarchy="sys.hcs.acme.london")
    synced(db, [*OTHERS, "1001", "1002"])
    a_macro(
        db, "audiocodes_cooling_duration", 9, hierarchy="sys", set_by="me",
        valid_from=NOON + 2 * DAY,
    )  # fmt: skip
    synced(db, OTHERS, 1)
    assert row(db, "1001")["release_date"] == NOON + 8 * DAY
    assert row(db, "1002")["release_date"] == NOON + 6 * DAY


def test_a_number_assigned_while_its_list_is_on_the_way_is_a_conflict(db: Connection) -> None:
    a_number(db, "1001")
    operations.assign(db, Selection(["1001"], "sys.hcs.acme", NOON, ME), vendor="Microsoft")
    assert synced(db, ["1001"], 1).findings == {"conflict": 1}
    assert row(db, "1001")["vendor"] == "Microsoft"


def test_an_empty_list_removes_nothing(db: Connection) -> None:
    synced(db, OTHERS)
    plan = synced(db, [], 1)
    assert (plan.status, plan.changes, plan.withheld) == ("withheld", {}, {"cool": 20})
    assert [hold.reason for hold in plan.holds] == ["the list has none of 20 numbers"]


def test_claims_go_on_in_a_hold(db: Connection) -> None:
    synced(db, [a_user(number, nodeName="SBC-2") for number in OTHERS] + ["1001", "1002"])
    plan = synced(db, ["1001", "1002", "1003"], 1)
    assert (plan.changes, plan.withheld) == ({"create": 1}, {"cool": 20})
    assert row(db, "1003")["status"] == "Used"


def test_a_hold_ends_by_itself_with_the_next_good_list(db: Connection) -> None:
    synced(db, OTHERS)
    synced(db, [], 1)
    plan = synced(db, OTHERS[:19], 2)
    assert (plan.holds, plan.changes) == ([], {"cool": 1})
    holds = db.execute(text("SELECT until, ended_by FROM numbers.hold")).all()
    assert [tuple(hold) for hold in holds] == [
        (NOON + 2 * DAY, f"the list of {(NOON + 2 * DAY).isoformat()}")
    ]


def test_numbers_of_another_connection_are_left_to_it(db: Connection) -> None:
    synced(db, OTHERS, name="one")
    observed(db, a_connection(db, "one"), NOON + DAY, OTHERS[1:])
    assert synced(db, ["1001"], 1, name="other").changes == {"create": 1}
    assert plans.compute(db, "one").changes == {"cool": 1}


def test_a_row_nobody_ever_listed_cools_from_the_list_that_lacks_it(db: Connection) -> None:
    a_used_number(db, "1001")
    assert synced(db, OTHERS).changes == {"create": 20, "cool": 1}
    assert row(db, "1001")["release_date"] == NOON + 2 * DAY
