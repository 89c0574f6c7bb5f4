"""The DAG that gives numbers back when their cooling is over."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from include.simulator.server import Simulator
from tests.dags.conftest import (
    ALL_HERE,
    FEW,
    FEW_GONE,
    NOW,
    RELEASE,
    SYNC,
    USERS,
    Run,
    land,
    statuses,
)

Runner = Callable[..., Run]
DAYS = [NOW - timedelta(days=5 - day) for day in range(4)]


@pytest.fixture
def cooling(run: Runner, arm: Simulator) -> None:
    """A few numbers were seen on the first day, and left on the second."""
    for day, listed in zip(DAYS, [ALL_HERE, FEW_GONE], strict=False):
        land(arm, day, listed)
        run(SYNC, day)


def test_a_number_is_available_after_two_days(run: Runner, arm: Simulator, cooling: None) -> None:
    land(arm, DAYS[3], FEW_GONE)
    run(SYNC, DAYS[3])
    assert run(RELEASE, DAYS[3]).tasks == {"release": "success"}
    assert statuses() == {"Used": USERS - FEW, "Available": FEW}


def test_a_number_is_kept_until_its_connection_has_been_read(run: Runner, cooling: None) -> None:
    done = run(RELEASE, DAYS[3])
    assert done.state == "success"
    assert f"{FEW} numbers are due and stay: absence not confirmed" in done.log
    assert statuses() == {"Used": USERS - FEW, "Cooling": FEW}


def test_a_number_is_kept_until_its_days_are_over(
    run: Runner, arm: Simulator, cooling: None
) -> None:
    land(arm, DAYS[2], FEW_GONE)
    run(SYNC, DAYS[2])
    run(RELEASE, DAYS[2])
    assert statuses() == {"Used": USERS - FEW, "Cooling": FEW}
