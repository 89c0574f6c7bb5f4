"""The pages of audits: each run's newest report, the older ones, and the trend."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.airflow_home import prepare
from tests.web.pages import ROOT, shown

DAG = "audit_number_inventory"
BEGAN = datetime(2026, 11, 20, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULE = {"name": "gone", "description": "No number is lost", "found": 7, "repaired": 0, "left": 7}

Run = tuple[str, int, datetime]


@pytest.fixture(autouse=True)
def stored(seeded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports are kept in a folder of their own."""
    prepare()
    monkeypatch.setenv("NUMBER_INVENTORY_STORAGE", str(tmp_path))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The runs that Airflow knows, the newest first: each with its last try and when it began."""
    from include.orchestration import artifacts

    known: list[Run] = []

    def of(_dag: str, before: datetime | None, most: int) -> list[Run]:
        return [run for run in known if before is None or run[2] < before][:most]

    monkeypatch.setattr(artifacts, "_runs", of)
    return known


def left(run_id: str, try_number: int = 1, *, as_of: datetime = BEGAN) -> None:
    """A try of a run has left a report, in which a rule is broken."""
    from include.orchestration import storage

    folder = storage.artifacts(DAG, run_id, try_number)
    folder.mkdir(parents=True)
    audit = {"as_of": as_of.isoformat(), "numbers": 9, "success": False, "notices": []}
    (folder / "audit.json").write_text(json.dumps(audit | {"rules": [RULE]}), encoding="utf-8")
    (folder / "violations.csv").write_text("internal_number,hierarchy\n", encoding="utf-8")


def reported(page: str) -> list[str]:
    """The runs and tries of the reports on a page, in its order."""
    prefix = f'<th scope="row"><a href="{ROOT}/audits/{DAG}/'
    return [part.split('"')[0] for part in page.split(prefix)[1:]]


def older(page: str) -> str:
    """The address of what is older; blank where there is none."""
    return (
        page.partition('">Older audits')[0].rpartition(f'href="{ROOT}')[2]
        if (">Older audits" in page)
        else ""
    )


def test_older_audits_go_on_although_newer_runs_left_no_report(
    runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.web.pages import audits

    monkeypatch.setattr(audits, "MOST_RUNS", 3)
    for number in range(12):
        runs.insert(0, (f"run{number}", 1, BEGAN + number * HOUR))
        if number % 2 == 0 and number < 8:
            left(f"run{number}", as_of=BEGAN + number * HOUR + timedelta(minutes=30))
    first = shown("/audits")
    assert reported(first) == ["run6/1", "run4/1", "run2/1"]
    rest = shown(older(first))
    assert reported(rest) == ["run0/1"]
    assert older(rest) == ""


def test_there_are_no_older_audits_before_the_first(runs: list[Run]) -> None:
    assert "No audit has left a report yet" in shown("/audits")
    page = shown("/audits?before=2026-11-20T00:00:00Z")
    assert "There are no older audits" in page
    assert "No audit has left" not in page


def test_a_run_that_was_cleared_is_shown_by_its_newest_report(runs: list[Run]) -> None:
    runs.append(("run", 4, BEGAN))
    left("run", 1)
    left("run", 2)
    assert reported(shown("/audits")) == ["run/2"]


def test_the_tab_of_a_task_that_was_cleared_shows_its_newest_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from include.orchestration import artifacts

    monkeypatch.setattr(artifacts, "last_try", lambda *_: 3)
    path = f"/audits/{DAG}/run/audit/tab"
    assert "This task has left no audit report" in shown(path)
    left("run", 2)
    assert f"{ROOT}/audits/{DAG}/run/2/report.html" in shown(path)


def test_a_report_whose_run_airflow_has_forgotten_is_shown_without_a_trend() -> None:
    left("run")
    page = shown(f"/audits/{DAG}/run/1")
    assert "No number is lost" in page
    assert "<h2>Trend</h2>" not in page
