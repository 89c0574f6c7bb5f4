"""Every scenario in every paging and login: whole, an error, or held; nothing live is freed."""

import re
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


def test_the_docs_name_every_scenario_under_its_faults() -> None:
    table = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([0-9]+) \|.*\|([^|]*)\|$", table, re.MULTILINE)
    told = {(int(number), name) for number, names in rows for name in re.findall(r"`(\w+)`", names)}
    assert {name for _, name in told} == set(FAULTS)
    assert all(number in FAULTS[name].numbers for number, name in told)
    assert [int(number) for number, _ in rows] == list(range(1, 24))


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_fault_is_survived(case: Case, db: Connection, certificates: Path) -> None:
    outcome = trial(case, db, certificates)
    assert outcome.complaints == []
    assert outcome.freed == 0
