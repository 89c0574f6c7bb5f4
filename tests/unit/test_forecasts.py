"""When a pool runs out: held against simulated histories whose future is known."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from include.inventory.forecasts import DRAWS, Outlook, _first_passages, outlook

NOW = datetime(2026, 11, 2, tzinfo=UTC)
TRIALS = 400
NEVER = 10**6

# The change on a day of the world of a trial: below 0 are the days of the history, newest last.
Step = Callable[[int], int]
World = Callable[[int], Step]


def by_chance(released: float, claimed: float) -> World:
    """Counts that do not depend on each other: of what comes back, and of what is taken."""

    def world(trial: int) -> Step:
        chance = np.random.default_rng(trial)
        return lambda _: int(chance.poisson(released)) - int(chance.poisson(claimed))

    return world


def on_workdays(trial: int) -> Step:
    chance = np.random.default_rng(trial)
    return lambda day: -int(chance.poisson(4)) if day % 7 < 5 else 0


def in_spells(trial: int) -> Step:
    """Three days alike, then three others: days taken for independent would promise too much."""
    return lambda day: -int(np.random.default_rng([trial, day // 3 + 100]).poisson(3))


def last_day(pool: int, step: Step) -> int:
    """The day on which the pool is empty, or NEVER within 10 years."""
    for day in range(1, 3654):
        pool += step(day)
        if pool <= 0:
            return day
    return NEVER


def days_until(when: date | None) -> int:
    return NEVER if when is None else (when - NOW.date()).days


def shares(days: int, pool: int, world: World) -> tuple[float, float, float]:
    """How often a pool was empty before the interval, in it, and after it."""
    before = after = 0
    for trial in range(TRIALS):
        step = world(trial)
        history = [step(-day) for day in range(days)]
        told = outlook(pool, history, as_of=NOW)
        truth = last_day(pool, step)
        before += truth < days_until(told.earliest)
        after += truth > days_until(told.latest)
    return before / TRIALS, 1 - (before + after) / TRIALS, after / TRIALS


# Four standard errors of a share of 80 % are 0.08, of 10 % 0.06.
@pytest.mark.parametrize(
    ("days", "pool", "world"),
    [
        pytest.param(56, 150, by_chance(3, 5), id="75 days ahead"),
        pytest.param(56, 600, by_chance(3, 5), id="300 days ahead, where the drift is what counts"),
        pytest.param(7, 60, by_chance(3, 5), id="one week of history"),
        pytest.param(14, 100, by_chance(3, 5), id="two weeks"),
        pytest.param(42, 100, by_chance(3, 5), id="six weeks"),
        pytest.param(56, 300, on_workdays, id="workdays"),
        pytest.param(56, 300, in_spells, id="spells"),
        pytest.param(56, 60, by_chance(3, 3), id="no drift"),
    ],
)
def test_the_interval_holds_eight_of_ten_futures(days: int, pool: int, world: World) -> None:
    before, inside, after = shares(days, pool, world)
    assert 0.72 <= inside <= 0.88
    assert before <= 0.16
    assert after <= 0.16


def test_passages_are_those_of_the_inverse_gaussian() -> None:
    """Mean and variance of a known drift; and how often a drift away from the end reaches it."""
    same = np.ones(DRAWS)
    draw = np.random.default_rng(1)
    passages = _first_passages(100, -2 * same, 9 * same, draw)
    assert passages.mean() == pytest.approx(50, rel=0.02)
    assert passages.var() == pytest.approx(100 * 9 / 2**3, rel=0.1)
    away = _first_passages(10, 0.1 * same, 9 * same, draw)
    reached = np.isfinite(away)
    assert reached.mean() == pytest.approx(np.exp(-2 * 0.1 * 10 / 9), abs=0.03)
    assert np.median(away[reached]) == pytest.approx(
        np.median(_first_passages(10, -0.1 * same, 9 * same, draw)), rel=0.2
    )


def test_a_steady_fall_has_one_date() -> None:
    told = outlook(30, [-1] * 14, as_of=NOW)
    day = NOW.date() + timedelta(days=30)
    assert told == Outlook(-1.0, day, day, day, 14, "")


@pytest.mark.parametrize("days", range(7))
def test_less_than_a_week_tells_nothing(days: int) -> None:
    told = outlook(30, [-5] * days, as_of=NOW)
    note = f"too little history: {days} of the 7 days that are needed"
    assert told == Outlook(None, None, None, None, days, note)


def test_whole_weeks_are_looked_at_the_newest_ones() -> None:
    assert outlook(30, [-1] * 14 + [-900] * 6, as_of=NOW) == outlook(30, [-1] * 14, as_of=NOW)


def test_a_pool_that_did_not_change_says_so() -> None:
    assert outlook(30, [0] * 56, as_of=NOW) == Outlook(
        0.0, None, None, None, 56, "no change in 56 days"
    )


def test_an_empty_pool_has_run_out() -> None:
    today = NOW.date()
    assert outlook(0, [-1, 1] * 7, as_of=NOW) == Outlook(
        0.0, today, today, today, 14, "none is available"
    )


def test_a_pool_that_fills_does_not_run_out() -> None:
    told = outlook(300, [5, 3, 4, 5, 3, 4, 4] * 8, as_of=NOW)
    assert (told.runs_out, told.earliest, told.latest) == (None, None, None)
    assert told.note == "does not run out within 10 years"


def test_a_pool_that_may_run_out_has_an_earliest_date_alone() -> None:
    told = outlook(20, [4, -3, 2, -2, 4, -2, -1] * 2, as_of=NOW)
    assert told.per_day == pytest.approx(2 / 7)
    assert told.earliest is not None
    assert (told.runs_out, told.latest) == (None, None)
    assert told.note == "may run out, and more likely does not within 10 years"


def test_the_dates_are_in_order_and_the_same_each_time() -> None:
    history = [-5, -1, -3, 0, 0, -4, -2] * 4
    told = outlook(200, history, as_of=NOW)
    assert told == outlook(200, history, as_of=NOW)
    assert NOW.date() < told.earliest < told.runs_out < told.latest
