"""Rules that have changed: a phone may be listed, and be read as another number from now on.

An interval knows the address that it began with alone. Whoever has changed the form of it since,
or is a second phone of a number, is a stranger once a changed rule reads that form otherwise.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from include.arm.rules import NumberRules
from include.inventory import decisions, plans, releases, timeline
from include.inventory.connections import ConnectionConfig
from include.inventory.errors import Refused
from include.inventory.events import Actor
from tests.integration.factories import NOON, a_connection, a_user, landed, observed, purged, row

DAY = timedelta(days=1)
ME = Actor("tester")
AS_IT_WAS = NumberRules(country_code="44", national_prefix="0")
CHANGED, CHANGED_AGAIN = NumberRules(), NumberRules(extension_lengths=(3, 5))
OTHERS = [f"+4420794602{digit:02}" for digit in range(20)]
ELSEWHERE = [a_user(f"+4420794606{digit:02}", nodeName="B-1") for digit in range(9)]
N, ITS_OTHER_FORM = "+442079460999", "02079460999"


class Lab:
    """A connection whose rules change, and another one."""

    def __init__(self, db: Connection) -> None:
        self.db = db
        self.there = a_connection(db, "there")
        self.here = a_connection(db)

    def lists(self, users: list[Any], day: float, rules: NumberRules = CHANGED) -> plans.Plan:
        """The plan of a list that is read by some rules, applied."""
        return self.synced(self.here.model_copy(update={"rules": rules}), users, day)

    def synced(self, config: ConnectionConfig, users: list[Any], day: float) -> plans.Plan:
        observed(self.db, config, NOON + day * DAY, users)
        plan = plans.compute(self.db, config.name)
        plans.apply(self.db, plan.plan, actor=ME)
        return plan

    def begin(self, *users: str) -> None:
        """Both connections have been read, and nothing is held."""
        assert self.lists([*OTHERS, *users], 0, AS_IT_WAS).holds == []
        assert self.synced(self.there, ELSEWHERE, 0).holds == []

    def approve(self, plan: plans.Plan, day: float) -> plans.Applied:
        now = NOON + day * DAY
        return decisions.approve(self.db, plan.plan, reason="seen", as_of=now, actor=ME)

    def release(self, day: float) -> releases.Released:
        return releases.release(self.db, as_of=NOON + day * DAY, actor=ME)

    def status(self, number: str = N) -> str:
        return str(row(self.db, number)["status"])


@pytest.fixture
def lab(db: Connection) -> Lab:
    return Lab(db)


def rules_of(plan: plans.Plan) -> list[str]:
    return [hold.rule for hold in plan.holds]


def test_what_vanishes_when_the_rules_change_waits_for_a_person(lab: Lab) -> None:
    lab.begin(N)
    assert lab.lists([*OTHERS, ITS_OTHER_FORM], 1, AS_IT_WAS).changes == {}
    for day in (2, 4):
        plan = lab.lists([*OTHERS, ITS_OTHER_FORM], day)
        assert (rules_of(plan), plan.withheld) == (["changed rules"], {"cool": 1})
    assert plan.verdicts[0].reason == (
        "the list was read by other rules than the last one that was believed, and lacks 1 of 21 "
        "numbers"
    )
    assert lab.release(4).released == 0
    assert lab.status() == "Used"
    back = lab.lists([*OTHERS, ITS_OTHER_FORM], 5, AS_IT_WAS)
    assert (back.holds, back.withheld) == ([], {})


def test_a_change_waits_though_nothing_is_lost_yet(lab: Lab) -> None:
    lab.begin(N, ITS_OTHER_FORM)  # two phones of one number
    for day in (1, 1.5):
        plan = lab.lists([*OTHERS, N, ITS_OTHER_FORM], day)
        assert (rules_of(plan), plan.withheld) == (["changed rules"], {})
    (verdict,) = plan.verdicts
    assert (verdict.node, verdict.removed, verdict.most) == (None, 0, 0)
    assert verdict.reason == "the list was read by other rules than the last one that was believed"
    assert verdict.clears == "a list that is read by the rules as they were"
    for day in (2, 5):
        assert lab.lists([*OTHERS, ITS_OTHER_FORM], day).withheld == {"cool": 1}
    assert lab.release(5).released == 0
    assert lab.status() == "Used"


def test_who_returns_from_cooling_is_read_otherwise(lab: Lab) -> None:
    lab.begin(N)
    assert lab.lists(OTHERS, 1, AS_IT_WAS).changes == {"cool": 1}
    lab.lists(OTHERS, 1.5)
    lab.lists([*OTHERS, ITS_OTHER_FORM], 4)
    assert lab.release(4).kept == {"in a hold": 1}
    assert lab.lists([*OTHERS, ITS_OTHER_FORM], 5, AS_IT_WAS).changes == {"reactivate": 1}


def test_what_another_connection_lists_may_be_here_too(lab: Lab) -> None:
    lab.begin(N)
    lab.synced(lab.there, [*ELSEWHERE, N], 0.5)
    lab.lists([*OTHERS, ITS_OTHER_FORM], 0.5, AS_IT_WAS)
    assert rules_of(lab.lists([*OTHERS, ITS_OTHER_FORM], 1)) == ["changed rules"]
    for day in (2, 5):
        lab.synced(lab.there, ELSEWHERE, day)
    assert lab.release(5).released == 0
    assert lab.status() == "Used"


def test_it_waits_though_nothing_is_removed_as_another_connection_was_never_read(lab: Lab) -> None:
    lab.lists([*OTHERS, N], 0, AS_IT_WAS)
    lab.lists([*OTHERS, ITS_OTHER_FORM], 1, AS_IT_WAS)
    assert rules_of(lab.lists([*OTHERS, ITS_OTHER_FORM], 2)) == ["changed rules"]
    for day in (3, 6):
        lab.synced(lab.there, ELSEWHERE, day)
        lab.lists([*OTHERS, ITS_OTHER_FORM], day)
    assert lab.release(6).released == 0
    assert lab.status() == "Used"


@pytest.mark.parametrize("between", ["an empty list", "a stale plan", "a list of unknown rules"])
def test_no_list_ends_it_but_one_that_is_read_by_the_rules_as_they_were(
    lab: Lab, between: str
) -> None:
    lab.begin(N)
    lab.lists([*OTHERS, N], 1)
    if between == "an empty list":
        assert rules_of(lab.lists([], 2)) == ["empty list"]
    elif between == "a stale plan":
        plan = plans.compute(lab.db, "lab", as_of=NOON + 3 * DAY)
        assert rules_of(plan) == ["changed rules"]
    else:
        unknown = replace(landed(lab.here, NOON + 2 * DAY, [*OTHERS, N]), rules_sha256="")
        timeline.observe(lab.db, unknown)
        assert rules_of(plans.compute(lab.db, "lab")) == ["changed rules"]
    assert rules_of(lab.lists([*OTHERS, N], 3)) == ["changed rules"]
    assert rules_of(lab.lists([*OTHERS, N], 4, AS_IT_WAS)) == []


def test_who_approves_accepts_the_changed_rules(lab: Lab) -> None:
    lab.begin(N)
    plan = lab.lists(OTHERS, 1)
    assert plan.withheld == {"cool": 1}
    lab.approve(plan, 1.1)
    assert lab.status() == "Cooling"
    assert rules_of(plans.compute(lab.db, "lab", as_of=NOON + 1.2 * DAY)) == []
    assert lab.lists(OTHERS[1:], 2).changes == {"cool": 1}
    assert rules_of(lab.lists(OTHERS[1:], 3, AS_IT_WAS)) == ["changed rules"]


def test_they_are_accepted_though_nothing_is_withheld_and_a_newer_list_has_been_read(
    lab: Lab,
) -> None:
    lab.begin(N)
    plan = lab.lists([*OTHERS, N], 1)
    lab.lists([*OTHERS, N], 2)
    assert lab.approve(plan, 2.1).changed == {}
    assert decisions.made(lab.db, plan.plan)[0]["withheld"] == 0
    assert lab.lists(OTHERS, 3).changes == {"cool": 1}


@pytest.mark.parametrize("shown", [AS_IT_WAS, CHANGED_AGAIN])
def test_nobody_accepts_rules_that_the_plan_did_not_show(lab: Lab, shown: NumberRules) -> None:
    lab.begin()
    plan = lab.lists(OTHERS[:5], 1, shown)
    assert plan.withheld == {"cool": 15}
    lab.lists(OTHERS[:5], 2)
    with pytest.raises(Refused, match=r"the whole connection is held too .the list was read"):
        lab.approve(plan, 2.1)
    assert rules_of(lab.lists(OTHERS[:5], 3))[0] == "changed rules"


def test_nor_those_of_an_empty_list_that_takes_the_place_of_what_it_showed(lab: Lab) -> None:
    lab.begin()
    plan = lab.lists([a_user(N, active=False)], 1, CHANGED_AGAIN)
    assert plan.withheld == {"cool": 20}
    assert rules_of(lab.lists([], 2))[0] == "empty list"
    assert lab.approve(plan, 2.1).changed == {"cool": 20}
    assert rules_of(lab.lists(OTHERS, 3)) == ["changed rules"]


def test_a_list_of_unknown_rules_is_accepted_and_they_are_not(lab: Lab, db: Connection) -> None:
    lab.begin(N)
    unknown = replace(landed(lab.here, NOON + DAY, OTHERS), rules_sha256="")
    timeline.observe(db, unknown)
    plan = plans.compute(db, "lab")
    assert (rules_of(plan), plan.withheld) == (["changed rules"], {"cool": 1})
    assert lab.approve(plan, 1.1).changed == {"cool": 1}
    assert plans.compute(db, "lab", as_of=NOON + 1.2 * DAY).holds == []
    assert rules_of(lab.lists(OTHERS, 2)) == ["changed rules"]
    assert rules_of(lab.lists(OTHERS, 3, AS_IT_WAS)) == []


def test_a_purge_is_no_list_that_rules_have_read(lab: Lab, db: Connection) -> None:
    lab.begin()
    assert purged(db, "lab", NOON + DAY, ME).changed == {"cool": 20}
    assert plans.compute(db, "lab", as_of=NOON + 2 * DAY).holds == []
