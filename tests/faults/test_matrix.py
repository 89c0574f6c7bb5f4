"""Every scenario in every paging and login: whole, an error, or held; nothing live is freed."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from include.simulator.faults import FAULTS
from tests.faults import __main__ as command
from tests.faults.scenarios import RULES, Case, cases
from tests.faults.trial import Outcome, trial


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


def test_make_faults_prints_a_row_each_and_ends_with_its_verdict(
    shared: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command tries the same cases as the test above; here, those of one scenario."""
    monkeypatch.setattr(command, "_inventory", lambda _folder: shared)
    assert command.main(["forbidden"]) == 0
    heading, *rows, verdict = capsys.readouterr().out.splitlines()
    assert heading.split()[:3] == ["scenario", "paging", "login"]
    assert [row.split()[0] for row in rows] == ["forbidden"] * 8
    assert verdict == "faults survived 8/8, live numbers freed 0"


def test_make_faults_fails_where_a_live_number_is_freed(
    shared: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def freeing(case: Case, db: Connection, certificates: Path) -> Outcome:
        return Outcome(case, endings=["whole"] * 3, asked=[{200: 1}], freed=1)

    monkeypatch.setattr(command, "_inventory", lambda _folder: shared)
    monkeypatch.setattr(command, "trial", freeing)
    assert command.main(["forbidden"]) == 1
    verdict = capsys.readouterr().out.splitlines()[-1]
    assert verdict == "faults survived 0/8, live numbers freed 8"
