"""Who is registered at a moment follows from the events up to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from include.simulator.pages import records
from include.simulator.population import Population
from include.simulator.script import Script, ScriptInvalid, indices, load, registered

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
POPULATION = Population(users=10, nodes=3)


def script(*events: dict[str, Any]) -> Script:
    return Script.model_validate({"events": [{"at": NOON, **event} for event in events]})


def users_at(told: Script, at: datetime) -> list[int]:
    return registered(POPULATION, told, at).users.tolist()


def test_without_events_everyone_is_registered_at_home() -> None:
    who = registered(POPULATION, Script(), NOON)
    assert who.users.tolist() == list(range(10))
    assert who.nodes.tolist() == POPULATION.home(np.arange(10)).tolist()
    assert who.active.all()


def test_an_event_holds_from_its_instant_on() -> None:
    told = script({"action": "leave", "users": "0-4"})
    assert users_at(told, NOON - timedelta(microseconds=1)) == list(range(10))
    assert users_at(told, NOON) == [5, 6, 7, 8, 9]


def test_who_left_may_return() -> None:
    told = script(
        {"action": "leave", "users": "0-4"}, {"action": "return", "users": 3, "at": NOON + HOUR}
    )
    assert users_at(told, NOON + HOUR) == [3, 5, 6, 7, 8, 9]


def test_who_arrives_was_not_there_before() -> None:
    told = script({"action": "arrive", "users": [8, 9]})
    assert users_at(told, NOON - HOUR) == list(range(8))
    assert users_at(told, NOON) == list(range(10))


def test_a_move_changes_the_node_and_nothing_else() -> None:
    told = script({"action": "move", "users": 4, "node": "SBC-NYC-1"})
    before, after = (
        records(POPULATION, registered(POPULATION, told, at))[4] for at in (NOON - HOUR, NOON)
    )
    assert before["nodeName"] != "SBC-NYC-1"
    moved = {"nodeId": 3, "nodeName": "SBC-NYC-1", "ipGroup": "Users-NYC"}
    assert after == before | moved


def test_not_active_users_stay_listed() -> None:
    told = script({"action": "return", "users": 4, "active": False})
    listed = records(POPULATION, registered(POPULATION, told, NOON))
    assert [user["id"] for user in listed if not user["active"]] == [5]


def test_events_are_told_in_the_order_of_time() -> None:
    told = script(
        {"action": "return", "users": 1, "at": NOON + HOUR}, {"action": "leave", "users": 1}
    )
    assert 1 not in users_at(told, NOON)
    assert 1 in users_at(told, NOON + HOUR)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (7, [7]),
        ("3-5", [3, 4, 5]),
        ("9, 3-5", [3, 4, 5, 9]),
        ([1, "3-4", 1], [1, 3, 4]),
        (range(3), [0, 1, 2]),
        (np.array([2, 1]), [1, 2]),
        ([], []),
    ],
)
def test_users_are_given_as_indices_and_ranges(given: object, meant: list[int]) -> None:
    assert indices(given).tolist() == meant


@pytest.mark.parametrize("given", ["x", "1-", "-3", True, [None], -1, [-1]])
def test_what_is_no_index_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match=r"is not an index|no user has"):
        indices(given)


def test_a_script_is_read_from_yaml(tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(
        """
        events:
          - {at: 2026-11-16T13:00:00+01:00, action: leave, users: 0-1}
          - {at: 2026-11-16T12:00:00Z, action: move, users: [5, 7-8], node: SBC-PAR-1}
        """
    )
    told = load(path, POPULATION)
    who = registered(POPULATION, told, NOON)
    assert who.users.tolist() == [2, 3, 4, 5, 6, 7, 8, 9]
    assert who.nodes[[3, 5, 6]].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("events: [{at: 2026-11-16T12:00:00, action: leave, users: 1}]", "events.0.at"),
        ("events: [{at: 2026-11-16T12:00:00Z, action: go, users: 1}]", "events.0.action"),
        ("events: [{at: 2026-11-16T12:00:00Z, action: leave, users: a}]", "events.0.users"),
        ("events: [{at: 2026-11-16T12:00:00Z, action: leave, users: 10}]", "events.0.users"),
        (
            "events: [{at: 2026-11-16T12:00:00Z, action: move, users: 1, node: SBC-X}]",
            "events.0.node",
        ),
        ("events: [{at: 2026-11-16T12:00:00Z, action: move, users: 1}]", "events.0"),
        (
            "events: [{at: 2026-11-16T12:00:00Z, action: leave, users: 1, node: SBC-LON-1}]",
            "events.0",
        ),
        ("event: []", "event"),
        ("- 1", "top"),
        ("a: [", "script.yaml"),
    ],
)
def test_a_mistake_in_the_yaml_is_named_by_its_key(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(text)
    with pytest.raises(ScriptInvalid, match=named) as refusal:
        load(path, POPULATION)
    assert "\n" not in str(refusal.value)


def test_a_missing_script_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScriptInvalid, match=r"none\.yaml"):
        load(tmp_path / "none.yaml", POPULATION)
