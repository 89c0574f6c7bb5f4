"""When a pool of numbers runs out, told from how use has changed it day by day.

The pool is taken for a random walk with drift, and the days until it is empty for the first passage
of a Brownian motion, which is inverse Gaussian: of all that could be fitted to some weeks of daily
counts it asks for the fewest assumptions, and it has a spread that grows with the horizon, unlike a
line through the points. Neither the drift nor the variance is known, and beyond the days of history
the drift is what matters most: both are drawn from what the history leaves open about them (normal
and inverse chi-squared), a passage is drawn for each, and the interval is what 80 % of them keep.
Resampling blocks of the past would need many more of them than 56 days have.

Whole weeks alone are looked at, so that every weekday counts as often. From `STEADY` weeks on, the
variance is that of whole weeks: what repeats every week adds nothing to it, and changes that come
in spells of days add what they should.

The dates say what happens if use goes on like this, and if nobody adds, moves or deletes numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

WEEK = 7
STEADY = 6
HORIZON = timedelta(days=3653)
DRAWS = 4000
# Of the draws: the earliest date, the median one, the latest one.
SHARES = (0.1, 0.5, 0.9)
SEED = 7

Days = NDArray[np.float64]


@dataclass(frozen=True)
class Outlook:
    """How a pool changes a day, and when it runs out: the median, and the ends of an 80 % interval.

    A date that is None is not within 10 years; the note says what there is to say beside them.
    ``days`` are those of the history that were looked at.
    """

    per_day: float | None
    runs_out: date | None
    earliest: date | None
    latest: date | None
    days: int
    note: str


def outlook(available: int, changes: Sequence[int], *, as_of: datetime) -> Outlook:
    """When a pool runs out that changed so on the last days, the newest first.

    The same history has the same outlook. One that is shorter than a week has none.
    """
    days = len(changes) // WEEK * WEEK
    if not days:
        note = f"too little history: {len(changes)} of the {WEEK} days that are needed"
        return Outlook(None, None, None, None, len(changes), note)
    history = np.asarray(changes[:days], dtype=np.float64)
    per_day = float(history.mean())
    if available <= 0:
        today = as_of.date()
        return Outlook(per_day, today, today, today, days, "none is available")
    passages = np.sort(_passages(available, history))
    earliest, median, latest = (_date(as_of, passages[int(q * DRAWS)]) for q in SHARES)
    return Outlook(per_day, median, earliest, latest, days, _note(history, earliest, median))


def _note(history: Days, earliest: date | None, median: date | None) -> str:
    if not history.any():
        return f"no change in {len(history)} days"
    if earliest is None:
        return "does not run out within 10 years"
    if median is None:
        return "may run out, and more likely does not within 10 years"
    return ""


def _date(as_of: datetime, days: float) -> date | None:
    return (as_of + timedelta(days=days)).date() if days <= HORIZON.days else None


def _passages(pool: float, history: Days) -> Days:
    """Draws of the days until the pool is empty for the first time; infinity where it never is."""
    days = len(history)
    block = WEEK if days >= STEADY * WEEK else 1
    blocks = history.reshape(-1, block).sum(axis=1)
    variance = blocks.var(ddof=1) / block
    if variance == 0:
        return np.full(DRAWS, pool / -history.mean() if history.mean() < 0 else np.inf)
    draw = np.random.default_rng(SEED)
    freedom = len(blocks) - 1
    variances = variance * freedom / draw.chisquare(freedom, DRAWS)
    drifts = history.mean() + np.sqrt(variances / days) * draw.standard_normal(DRAWS)
    return _first_passages(pool, drifts, variances, draw)


def _first_passages(pool: float, drifts: Days, variances: Days, draw: np.random.Generator) -> Days:
    """A draw for each drift and variance, after Michael, Schucany and Haas (1976).

    Their two roots are written so that no drift is too small for them. A drift away from the end
    reaches it with the probability exp(-2 drift pool / variance), and then like one towards it.
    """
    towards = np.abs(drifts)
    half = variances * draw.standard_normal(DRAWS) ** 2 / (2 * pool)
    near = pool / (towards + half + np.sqrt(half * (half + 2 * towards)))
    far = pool**2 / (towards**2 * near)
    passages = np.where(draw.random(DRAWS) * (pool + towards * near) <= pool, near, far)
    reached = draw.random(DRAWS) <= np.exp(np.minimum(0, -2 * drifts * pool / variances))
    return np.where(reached, passages, np.inf)
