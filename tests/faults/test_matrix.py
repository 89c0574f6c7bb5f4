"""Every scenario in every paging and login: whole, an error, or held; nothing live is freed."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from include.simulator.faults import FAULTS
from tests.faults.scenarios import RULES, Case, cases
from tests.faults.trial import trial


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


def test_every_scenario_has_its_rule() -> None:
    assert set(RULES) == set(FAULTS)


def test_every_fault_of_the_domain_is_a_scenario() -> None:
    told = {number for kind in FAULTS.values() for number in kind.numbers}
    # 19 is a phone away for a day, and 23 the clock: the story of the demo, and as_of throughout.
    assert told >= set(range(1, 24)) - {19, 23}


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_fault_is_survived(case: Case, db: Connection, certificates: Path) -> None:
    outcome = trial(case, db, certificates)
    assert outcome.complaints == []
    assert outcome.freed == 0
