"""The naive model keeps the life cycle's rules, a case each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.simulator.expectation import by_day

START = datetime(2026, 11, 16, 2, tzinfo=UTC)
COOLING = timedelta(days=2)


def row(status: str, vendor: str = "", release_date: str = "") -> dict[str, str]:
    return {
        "internal_number": "100",
        "status": status,
        "vendor": vendor,
        "release_date": release_date,
    }


def user(aor: str = "100", node: str = "A", *, active: bool = True) -> dict[str, Any]:
    return {"aor": aor, "nodeName": node, "active": active}


OTHERS = [user(str(other), "A") for other in range(200, 400)]


def told(rows: list[dict[str, str]], *days: list[dict[str, Any]]) -> list[dict[str, int]]:
    """Tell the days, with two hundred others on the same node who always stay."""
    at = [START + timedelta(days=day) for day in range(len(days))]
    listed = [OTHERS + day for day in days]
    return by_day(rows, list(zip(at, listed, strict=True)), COOLING)


def counted(day: dict[str, int], others: int = len(OTHERS)) -> dict[str, int]:
    """Return what the day counts besides the others."""
    rest = day | {"Used": day["Used"] - others}
    return {name: count for name, count in rest.items() if count}


@pytest.mark.parametrize("status", ["Available", "Reserved"])
def test_a_free_number_that_is_registered_is_used(status: str) -> None:
    (day,) = told([row(status)], [user()])
    assert counted(day) == {"Used": 1}


def test_a_cooling_number_that_is_registered_is_used() -> None:
    (day,) = told([row("Cooling", release_date=START.isoformat())], [user()])
    assert counted(day) == {"Used": 1}


def test_a_number_without_a_row_is_created_used() -> None:
    (day,) = told([], [user("100@10.8.1.1")])
    assert counted(day) == {"Used": 1}


def test_what_is_no_number_is_passed_over() -> None:
    (day,) = told([], [user("Sue")])
    assert counted(day) == {}


@pytest.mark.parametrize(("status", "vendor"), [("Used", "Microsoft"), ("Used-Utility", "")])
def test_a_number_that_another_holds_is_a_conflict(status: str, vendor: str) -> None:
    (day,) = told([row(status, vendor)], [user()])
    assert counted(day) == {status: 1, "conflicts": 1}


def test_an_absent_number_cools_for_two_days_and_is_available() -> None:
    days = told([], [user()], [], [], [])
    names = [list(counted(day)) for day in days]
    assert names == [["Used"], ["Cooling"], ["Cooling"], ["Available"]]


def test_a_number_back_on_its_release_date_is_used() -> None:
    days = told([], [user()], [], [], [user()])
    assert counted(days[-1]) == {"Used": 1}


def test_a_not_active_entry_keeps_a_number_and_claims_none() -> None:
    days = told([row("Available")], [user(active=False)], [user()], [user(active=False)])
    assert [list(counted(day)) for day in days] == [["Available"], ["Used"], ["Used"]]


def test_a_node_that_loses_all_is_held_and_its_releases_wait_until_two_days_after() -> None:
    dark = [user("100", "B"), user("101", "B")]
    days = told([], dark, dark[:1], dark[:1], [], *[dark[:1]] * 3)
    assert [counted(day) for day in days] == [
        {"Used": 2},
        *[{"Used": 1, "Cooling": 1}] * 5,
        {"Used": 1, "Available": 1},
    ]


@pytest.mark.parametrize(("lost", "cooling"), [(10, 10), (11, 0)])
def test_a_node_is_held_above_ten_numbers_and_ten_percent(lost: int, cooling: int) -> None:
    node = [user(str(number), "B") for number in range(100, 120)]
    days = told([], node, node[lost:])
    assert days[1]["Cooling"] == cooling


@pytest.mark.parametrize(("lost", "cooling"), [(50, 50), (51, 0)])
def test_everything_is_held_above_fifty_numbers_and_five_percent(lost: int, cooling: int) -> None:
    nodes = [user(str(1000 + number), f"N{number % 8}") for number in range(600)]
    days = told([], nodes, nodes[lost:])
    assert days[1]["Cooling"] == cooling
