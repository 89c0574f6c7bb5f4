"""The guard withholds mass disappearance, and lets ordinary leaving through."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from include.inventory import connections, guards, macros, plans
from include.inventory.events import Actor
from include.inventory.guards import Verdict
from include.inventory.statements import statement
from tests.integration.factories import (
    NOON,
    a_connection,
    a_macro,
    a_used_number,
    a_user,
    observed,
    row,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ME = Actor("tester")
NODE, PERCENT = (
    "pull_sync_delete_threshold_audiocodes",
    "pull_sync_delete_threshold_audiocodes_percent",
)
OVERALL = "pull_sync_delete_threshold_audiocodes_overall"


@dataclass(frozen=True)
class Scope:
    """An SBC node in numbers, as a plan finds it."""

    node: str | None
    listed: int
    held: int
    removed: int = 0
    cooling: int = 0
    vanished: int = 0


def node(name: str, held: int, removed: int = 0, cooling: int = 0, vanished: int = 0) -> Scope:
    """An SBC node of which the list holds what is not removed."""
    return Scope(name, held - removed, held, removed, cooling, vanished)


def judge(db: Connection, scopes: list[Scope], *, listed_before: bool = True) -> list[Verdict]:
    """What the guard says of a plan that finds these scopes, on a connection of its own."""
    a_connection(db)
    lists = [(NOON - DAY, {"SBC": 1} if listed_before else {})]
    lists.append((NOON, {scope.node: scope.listed for scope in scopes if scope.listed}))
    made = text(
        "INSERT INTO numbers.snapshot (connection_id, as_of, path, sha256, registered_users, "
        "rejected, node_counts) SELECT connection_id, :as_of, '', '', 0, 0, CAST(:counts AS jsonb) "
        "FROM numbers.connection RETURNING snapshot_id, connection_id"
    )
    for as_of, counts in lists:
        newest = db.execute(made, {"as_of": as_of, "counts": json.dumps(counts)}).one()
    binds: dict[str, Any] = newest._asdict() | {"as_of": NOON, "defaults": guards.DEFAULTS}
    binds["plan_id"] = db.execute(statement("plan/open"), binds).scalar_one()
    db.execute(statement("plan/candidates"))
    db.execute(statement("guard/scopes"), binds)
    db.execute(text("TRUNCATE scope"))
    fill = text(
        "INSERT INTO scope (node, listed, held, removed, again, roaming, listed_once, cooling, "
        "vanished) VALUES (CAST(:node AS text), :listed, :held, :removed, 0, 0, "
        "CASE WHEN CAST(:node AS text) IS NULL THEN 0 ELSE :removed END, :cooling, :vanished)"
    )
    for scope in scopes:
        db.execute(fill, vars(scope))
    db.execute(statement("guard/verdicts"), binds)
    return guards.verdicts(db, binds["plan_id"])


def rules(verdicts: list[Verdict]) -> dict[str | None, str]:
    return {verdict.node: verdict.rule for verdict in verdicts}


WHOLE_EMPTY = {None: "empty list"}
CASES: dict[str, tuple[list[Scope], dict[str | None, str]]] = {
    "ordinary leaving": ([node("A", 1000, 40), node("B", 1000)], {}),
    "an empty list": ([node("A", 3, 3), node("B", 2, 2)], WHOLE_EMPTY),
    "an empty list while numbers cool": ([node("A", 0, cooling=1)], WHOLE_EMPTY),
    "an empty list, whoever else lists its numbers": ([], WHOLE_EMPTY),
    "one newcomer does not hide that all others vanished": (
        [Scope("SBC-9", 1, 9, 9), node("B", 5000)],
        {"SBC-9": "all vanished"},
    ),
    "the same where the node has no name": (
        [Scope("", 1, 50, 50)],
        {None: "all vanished", "": "all vanished"},
    ),
    "ten or fewer are a scope too": (
        [Scope("A", 1, 5, 5)],
        {None: "all vanished", "A": "all vanished"},
    ),
    "a node goes dark": ([node("A", 3, 3), node("B", 5000)], {"A": "missing node"}),
    "a node lists nothing while its numbers cool": (
        [node("A", 0, cooling=2), node("B", 5000)],
        {"A": "missing node"},
    ),
    "11 of 109": ([node("A", 109, 11), node("B", 5000)], {"A": "threshold"}),
    "12 of 100": ([node("A", 100, 12), node("B", 5000)], {"A": "threshold"}),
    "10 of 20": ([node("A", 20, 10), node("B", 5000)], {}),
    "11 of 110": ([node("A", 110, 11), node("B", 5000)], {}),
    "1 more than 10 of 100 in a day": (
        [node("A", 90, 1, vanished=10), node("B", 5000)],
        {"A": "threshold"},
    ),
    "10 of 100 in a day": ([node("A", 92, 2, vanished=8), node("B", 5000)], {}),
    "none besides many in a day": ([node("A", 60, vanished=40), node("B", 5000)], {}),
    "51 of 680 in all": ([node(f"N{i}", 40, 3) for i in range(17)], {None: "threshold"}),
    "48 of 640 in all": ([node(f"N{i}", 40, 3) for i in range(16)], {}),
    "51 of 1020 in all": ([node(f"N{i}", 60, 3) for i in range(17)], {}),
    "51 of 1019 in all": (
        [*(node(f"N{i}", 60, 3) for i in range(16)), node("N16", 59, 3)],
        {None: "threshold"},
    ),
    "every node at once": ([node("A", 3, 3), node("B", 100, 11)], {None: "all nodes"}),
    "a node goes dark that is much of the whole": (
        [node("A", 400, 400), node("B", 4600)],
        {None: "threshold", "A": "missing node"},
    ),
    "a node without a name": ([node("", 20, 12), node("A", 5000)], {"": "threshold"}),
    "what no list ever had counts in the whole only": (
        [Scope(None, 0, 10, 10), node("A", 5000)],
        {},
    ),
    "more than 10 that no list ever had": (
        [Scope(None, 0, 11, 11), node("A", 5000)],
        {None: "threshold"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_rules(db: Connection, case: str) -> None:
    scopes, expected = CASES[case]
    assert rules(judge(db, scopes)) == expected


def test_a_connection_that_never_listed_anything_may_list_nothing(db: Connection) -> None:
    assert judge(db, [], listed_before=False) == []


def test_a_verdict_tells_its_figures_and_what_would_clear_it(db: Connection) -> None:
    (verdict,) = judge(db, [node("SBC-1", 100, 12, cooling=4), node("B", 5000)])
    assert verdict == Verdict(
        node="SBC-1",
        rule="threshold",
        listed=88,
        held=100,
        removed=12,
        cooling=4,
        most=10,
        reason="12 of 100 numbers of SBC-1 vanished at once, and at most 10 may",
        clears="a list that lacks at most 10 of them",
    )


OTHERS = [f"+4420794602{digit:02}" for digit in range(60)]


def synced(db: Connection, users: list[Any], day: float, name: str = "lab") -> plans.Plan:
    config = a_connection(db, name)
    observed(db, config, NOON + day * DAY, users)
    plan = plans.compute(db, name)
    plans.apply(db, plan.plan, actor=ME)
    return plan


def lost(plan: plans.Plan) -> tuple[dict[str, int], dict[str, int]]:
    return plan.changes, plan.withheld


@pytest.mark.parametrize(
    ("values", "gone", "held"),
    [
        ({}, 10, False),
        ({}, 11, True),
        ({NODE: 3, PERCENT: 0}, 4, True),
        ({NODE: 3, PERCENT: 0}, 3, False),
        ({NODE: 0, PERCENT: 50}, 30, False),
        ({NODE: 0, PERCENT: 50}, 31, True),
        ({PERCENT: 100}, 40, False),
        ({PERCENT: 100}, 60, True),
    ],
)
def test_thresholds_are_macros(
    db: Connection, values: dict[str, int], gone: int, held: bool
) -> None:
    for name, value in values.items():
        a_macro(db, name, value, hierarchy="sys.hcs", set_by="me", valid_from=NOON)
    far = [a_user(f"5{n:03}", nodeName="SBC-2") for n in range(900)]
    synced(db, [*far, *OTHERS], 0)
    plan = synced(db, [*far, *OTHERS[gone:]], 1)
    assert lost(plan) == (({}, {"cool": gone}) if held else ({"cool": gone}, {}))


def test_a_connection_has_values_of_its_own(db: Connection) -> None:
    a_macro(db, NODE, 50, hierarchy="sys.hcs", set_by="me", valid_from=NOON)
    far = [a_user(f"5{n:03}", nodeName="SBC-2") for n in range(900)]
    config = a_connection(db, guard={NODE: 5, PERCENT: 0})
    observed(db, config, NOON, [*far, *OTHERS])
    plans.apply(db, plans.compute(db, "lab").plan, actor=ME)
    observed(db, config, NOON + DAY, [*far, *OTHERS[6:]])
    assert plans.compute(db, "lab").withheld == {"cool": 6}
    connections.register(db, [config.model_copy(update={"guard": {}})])
    assert plans.compute(db, "lab").withheld == {}


def test_a_site_of_a_node_may_be_stricter(db: Connection) -> None:
    from include.arm import NumberRules, SiteRule

    london = "sys.hcs.acme.london"
    for name, value in ((NODE, 2), (PERCENT, 0)):
        a_macro(db, name, value, hierarchy=london, set_by="me", valid_from=NOON)
    rules = NumberRules(sites=(SiteRule(node="SBC-1", hierarchy=london),))
    far = [a_user(f"5{n:03}", nodeName="SBC-2") for n in range(900)]
    config = a_connection(db, rules=rules)
    observed(db, config, NOON, [*far, *OTHERS])
    plans.apply(db, plans.compute(db, "lab").plan, actor=ME)
    observed(db, config, NOON + DAY, [*far[9:], *OTHERS[3:]])
    plan = plans.compute(db, "lab")
    assert (plan.changes, plan.withheld) == ({"cool": 9}, {"cool": 3})


def test_small_losses_of_many_connections_are_one_large_one(db: Connection) -> None:
    """Six connections of a hundred each, in groups too small for any threshold of their own."""
    names = [f"c{n}" for n in range(6)]

    def users(name: str, first: int = 0) -> list[Any]:
        return [a_user(f"{name[1:]}{n:03}", nodeName=f"{name}-{n % 10}") for n in range(first, 100)]

    for name in names:
        assert lost(synced(db, users(name), 0, name)) == ({"create": 100}, {})
    found = [lost(synced(db, users(name, 20), 1, name)) for name in names]
    assert found == [({"cool": 20}, {})] * 2 + [({}, {"cool": 20})] * 4
    (verdict,) = synced(db, users("c5", 20), 1.5, "c5").verdicts
    assert verdict.rule == "overall"
    assert "of 600 numbers of all connections vanished in a day" in verdict.reason
    # Who sees one node is not told how large all of them are.
    assert {hold.reason for hold in guards.holds(db, within="sys.hcs.acme")} == {guards.OF_ALL}
    (seen,) = plans.read(db, plans.compute(db, "c5").plan, within="sys.hcs.acme").verdicts
    assert (seen.reason, seen.most) == (guards.OF_ALL, None)
    # A day later, few have vanished lately.
    assert lost(synced(db, users("c5", 20), 2.1, "c5"))[0] == {"cool": 20}


def test_a_list_that_is_old_removes_nothing(db: Connection) -> None:
    synced(db, OTHERS, 0)
    observed(db, a_connection(db), NOON + DAY, OTHERS[1:])
    late = plans.compute(db, "lab", as_of=NOON + DAY + 25 * HOUR)
    assert (rules(late.verdicts), late.withheld) == ({None: "stale list"}, {"cool": 1})
    soon = plans.compute(db, "lab", as_of=NOON + DAY + 24 * HOUR)
    assert (soon.verdicts, soon.holds, soon.changes) == ([], [], {"cool": 1})


def test_a_number_cools_after_so_many_lists_in_a_row(db: Connection) -> None:
    a_macro(db, "audiocodes_consecutive_misses", 3, hierarchy="sys", set_by="me", valid_from=NOON)
    synced(db, OTHERS, 0)
    first, second, third = (synced(db, OTHERS[1:], day) for day in (1, 2, 3))
    assert [plan.findings for plan in (first, second, third)] == [{"missed": 1}] * 2 + [{}]
    assert [plan.changes for plan in (first, second, third)] == [{}, {}, {"cool": 1}]
    # The days count from the first list that lacked it.
    assert row(db, OTHERS[0])["release_date"] == NOON + 3 * DAY


def test_a_number_that_is_seen_in_between_starts_anew(db: Connection) -> None:
    a_macro(db, "audiocodes_consecutive_misses", 2, hierarchy="sys", set_by="me", valid_from=NOON)
    for day, first in enumerate((0, 1, 0, 1)):
        synced(db, OTHERS[first:], day)
    assert row(db, OTHERS[0])["status"] == "Used"
    synced(db, OTHERS[1:], 4)
    assert row(db, OTHERS[0])["status"] == "Cooling"


def test_a_hold_of_a_node_lasts_while_the_whole_is_distrusted(db: Connection) -> None:
    far = [a_user(f"5{n:03}", nodeName="SBC-2") for n in range(900)]
    synced(db, [*far, *OTHERS[:40]], 0)
    synced(db, far, 1)
    synced(db, [], 2)
    assert [hold.node for hold in guards.holds(db)] == [None, "SBC-1"]
    synced(db, far, 3)
    assert [(hold.node, hold.since) for hold in guards.holds(db)] == [("SBC-1", NOON + DAY)]
    synced(db, [*far, *OTHERS[:40]], 4)
    assert guards.holds(db) == []


def test_the_dry_run_is_the_plan_that_is_applied(db: Connection) -> None:
    synced(db, OTHERS, 0)
    observed(db, a_connection(db), NOON + DAY, [])
    first = plans.compute(db, "lab")
    again = plans.compute(db, "lab")
    assert replace(first, plan=0, holds=[]) == replace(again, plan=0, holds=[])
    assert plans.apply(db, again.plan, actor=ME).withheld == again.withheld


def test_macros_of_the_guard_have_bounds(db: Connection) -> None:
    with pytest.raises(macros.Refused, match="it takes 1 to 99 lists"):
        a_macro(db, "audiocodes_consecutive_misses", 0, hierarchy="sys", set_by="me")


def test_a_node_that_lists_nobody_is_held_although_others_list_its_numbers(db: Connection) -> None:
    here, there = ([a_user(number, nodeName=name) for number in OTHERS[:20]] for name in ("A", "B"))
    synced(db, [*here, *there], 0)
    plan = synced(db, here, 1)
    assert (plan.changes, plan.withheld) == ({}, {})
    assert [(hold.node, hold.rule) for hold in plan.holds] == [("B", "missing node")]
    # One that leaves the other node now may be where nobody looks.
    assert synced(db, here[1:], 2).withheld == {"cool": 1}
    assert synced(db, [*here[1:], there[5]], 3).holds == []


def test_a_dark_node_is_held_until_it_lists_somebody_wherever_its_numbers_are(
    db: Connection,
) -> None:
    far, near = [a_user(f"5{n:03}", nodeName="A") for n in range(900)], OTHERS[:12]
    synced(db, [*far, *(a_user(number, nodeName="B") for number in near)], 0)
    synced(db, far, 1)
    plan = synced(db, [*far, *(a_user(number, nodeName="A") for number in near)], 2)
    assert [hold.node for hold in plan.holds] == ["B"]
    assert plans.compute(db, "lab").withheld == {}


def test_what_a_list_lacks_is_withheld_before_it_has_been_missed_often_enough(
    db: Connection,
) -> None:
    a_macro(db, "audiocodes_consecutive_misses", 2, hierarchy="sys", set_by="me", valid_from=NOON)
    synced(db, OTHERS[:40], 0)
    for day in (1, 2, 3, 4):
        plan = synced(db, OTHERS[:20], day)
        assert (plan.findings, plan.withheld) == ({}, {"cool": 20})
        assert [(hold.rule, hold.since) for hold in plan.holds] == [("threshold", NOON + DAY)]


def test_what_no_list_ever_had_stays_withheld_while_the_whole_is_held(db: Connection) -> None:
    for number in range(60):
        a_used_number(db, f"6{number:03}", hierarchy="sys.hcs.acme")
    for day in (0, 1, 2):
        plan = synced(db, OTHERS, day)
        assert plan.withheld == {"cool": 60}
        assert [(hold.node, hold.since) for hold in plan.holds] == [(None, NOON)]
