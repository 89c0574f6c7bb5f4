"""The week that is told: figures worked out by hand, and groups that stay under the guard."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from include.simulator import story
from include.simulator.pages import records
from include.simulator.script import registered

FIRST = story.first_reading(date(2026, 11, 16))
PEOPLE = story.population()
CAST = story.cast()


def test_the_week_is_read_daily_at_two_in_the_morning() -> None:
    readings = story.readings(FIRST)
    assert readings[0] == datetime(2026, 11, 16, 2, tzinfo=UTC)
    assert (len(readings), readings[-1] - readings[0]) == (8, timedelta(days=7))


def test_the_figures_of_the_week_are_those_worked_out_by_hand() -> None:
    # Registered at first: 2000 less 20 to arrive less 3 no numbers; 2 of them are Microsoft's,
    # which holds 4 more. Available: 200 spare, 10 waiting for arrivals. As an SBC of New York is
    # dark on day 5, six of its site that are due on days 5 and 6 rest until day 8.
    used = [1977 + 4, -25, -20 - 15, +20 - 5 - 5, +20, 0, +15, 0]
    available = [200 + 10, 0, +2, +25, +15 - 10, +4, -15, 0]
    cooling = [4, +25, +20 + 15 - 2, -25 - 20 + 5 + 5, -15, -4, 0, 0]
    days = story.expected(FIRST)
    told = [(day["Used"], day["Available"], day["Cooling"]) for day in days]
    assert told == list(
        zip(*(np.cumsum(change).tolist() for change in (used, available, cooling)), strict=True)
    )
    rest = {(day["Reserved"], day["Used-Utility"], day["conflicts"]) for day in days}
    assert rest == {(3, 2, 2)}


def test_no_one_plays_two_parts() -> None:
    parts = [user for part in vars(CAST).values() for user in part]
    assert len(parts) == len(set(parts))
    assert all(vars(CAST).values())


def test_three_aors_are_no_number_and_the_rest_are_e164_or_extensions() -> None:
    users = [user["user"] for user in records(PEOPLE, registered(PEOPLE, story.week(FIRST), FIRST))]
    assert sum(not user.removeprefix("+").isdigit() for user in users) == 3
    assert sum(user.isdigit() for user in users) > 50


def test_removals_stay_under_the_guards_thresholds_but_for_the_dark_day() -> None:
    script = story.week(FIRST)
    moments = [registered(PEOPLE, script, at) for at in story.readings(FIRST)]
    for day in range(1, 8):
        before, after = moments[day - 1], moments[day]
        gone = ~np.isin(before.users, after.users)
        lost = np.bincount(before.nodes[gone], minlength=6)
        if day == 5:
            assert lost.tolist() == [0, 0, 0, 0, 0, len(CAST.dark)]
        else:
            assert lost.max() <= 10
            assert gone.sum() <= 50


def test_the_dark_node_alone_is_too_small_to_hold_the_connection() -> None:
    assert 10 < len(CAST.dark) < 0.05 * PEOPLE.users


def test_movers_stay_on_their_site() -> None:
    script, readings = story.week(FIRST), story.readings(FIRST)
    names = [
        {
            user["nodeName"]
            for user in records(PEOPLE, registered(PEOPLE, script, readings[day]))
            if user["id"] - 1 in CAST.moving
        }
        for day in (2, 3)
    ]
    assert names == [{"SBC-LON-1"}, {"SBC-LON-2"}]


def test_a_group_is_not_active_on_day_four_only() -> None:
    script = story.week(FIRST)
    sleeping = [int((~registered(PEOPLE, script, at).active).sum()) for at in story.readings(FIRST)]
    assert sleeping == [0, 0, 0, 0, len(CAST.not_active), 0, 0, 0]


def test_the_inventory_has_each_number_once_and_whole_rows() -> None:
    rows = story.seed_inventory(FIRST)
    assert len({row["internal_number"] for row in rows}) == len(rows)
    assert len({tuple(row) for row in rows}) == 1
    for row in rows:
        assert (row["status"] == "Cooling") == bool(row["release_date"]) == bool(row["tag"])
        assert row["status"].startswith("Used") == bool(row["usage"])
        assert row["hierarchy"].startswith(story.CUSTOMER)


def test_each_registered_number_lies_at_the_site_of_its_node_or_above() -> None:
    sites = {rule["node"]: rule["hierarchy"] for rule in story.rules()["sites"]}
    rows = {row["internal_number"]: row["hierarchy"] for row in story.seed_inventory(FIRST)}
    listed = records(PEOPLE, registered(PEOPLE, story.week(FIRST), FIRST))
    found = [user for user in listed if user["user"] in rows]
    assert len(found) > 1_800
    assert all(sites[user["nodeName"]] == rows[user["user"]] for user in found)


def test_half_of_those_who_arrive_have_no_row_yet() -> None:
    rows = {row["internal_number"] for row in story.seed_inventory(FIRST)}
    arriving = [CAST.arriving_on_rows, CAST.arriving_new]
    known, new = (PEOPLE.columns(np.array(who))["user"].to_pylist() for who in arriving)
    assert set(known) <= rows
    assert not set(new) & rows


def test_the_story_is_the_same_at_any_size() -> None:
    small, large = story.expected(FIRST), story.expected(FIRST, 4_000)
    assert [day["Cooling"] for day in small] == [day["Cooling"] for day in large]
    assert large[0]["Used"] - small[0]["Used"] == 2_000


def test_too_few_users_for_the_story_are_refused() -> None:
    with pytest.raises(ValueError, match="1000 users or more, not 999"):
        story.population(999)
