"""What a run stands for, and where a task finds what it needs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("airflow")

END = datetime(2026, 11, 17, 2, tzinfo=UTC)
RUN_AFTER = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def context(run_type: str, end: datetime | None, *events: dict[str, Any]) -> dict[str, Any]:
    run = SimpleNamespace(
        dag_id="release_numbers",
        run_id="a_run",
        run_type=run_type,
        data_interval_end=end,
        run_after=RUN_AFTER,
    )
    told = [SimpleNamespace(extra=event) for event in events]
    return {"dag_run": run, "triggering_asset_events": {"asset": told}}


@pytest.mark.parametrize("run_type", ["scheduled", "backfill"])
def test_a_run_on_a_schedule_stands_for_the_end_of_its_interval(run_type: str) -> None:
    from include.orchestration import runs

    assert runs.as_of(context(run_type, END)) == END


@pytest.mark.parametrize("end", [None, END])
def test_a_run_by_hand_stands_for_the_instant_it_may_begin(end: datetime | None) -> None:
    from include.orchestration import runs

    assert runs.as_of(context("manual", end)) == RUN_AFTER


def test_a_run_that_assets_triggered_stands_for_the_newest_of_them() -> None:
    from include.orchestration import runs

    earlier = {"as_of": (END - timedelta(days=1)).isoformat()}
    told = context("asset_triggered", None, {"as_of": END.isoformat()}, earlier, {"rows": 3})
    assert runs.as_of(told) == END


def test_no_run_stands_for_the_future() -> None:
    from include.orchestration import runs

    ahead = {"as_of": (RUN_AFTER + timedelta(days=1)).isoformat()}
    assert runs.as_of(context("asset_triggered", None, ahead)) == RUN_AFTER


def test_an_event_that_says_no_instant_leaves_the_runs_own() -> None:
    from include.orchestration import runs

    assert runs.as_of(context("asset_triggered", None, {})) == RUN_AFTER


def test_only_a_backfill_is_one() -> None:
    from include.orchestration import runs

    assert runs.is_backfill(context("backfill", END))
    assert not runs.is_backfill(context("scheduled", END))


def test_a_job_acts_in_its_own_name_and_a_person_in_theirs() -> None:
    from include.orchestration import runs

    told = context("manual", None)
    assert runs.actor(told).name == "release_numbers"
    assert runs.actor(told, "ada").name == "ada"
    assert runs.actor(told).dag_run == "release_numbers/a_run"


def test_the_inventory_is_where_the_airflow_connection_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from include.orchestration import inventory

    monkeypatch.setenv(
        "AIRFLOW_CONN_NUMBER_INVENTORY_DB", "postgresql://me@/numbers?host=%2Frun%2Fsocket"
    )
    assert inventory.address() == "postgres://me@/numbers?host=%2Frun%2Fsocket"


def test_without_that_connection_the_inventory_is_where_it_is_by_default() -> None:
    from include.orchestration import inventory

    assert inventory.address() is None


def test_that_connection_opens_the_inventory(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy import text

    from include.orchestration import inventory

    monkeypatch.setenv("AIRFLOW_CONN_NUMBER_INVENTORY_DB", database_url)
    monkeypatch.setenv("NUMBER_INVENTORY_DB", "postgresql://nobody@127.0.0.1:1/nothing")
    with inventory.transaction(isolation="REPEATABLE READ") as db:
        assert db.execute(text("SHOW transaction_isolation")).scalar() == "repeatable read"


def test_a_mistake_in_a_connection_names_the_connection_and_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from include.arm import SettingsInvalid
    from include.orchestration import sources

    monkeypatch.setenv("AIRFLOW_CONN_ARM_ROME", "audiocodes-arm://arm:secret@arm.example/?pages=3")
    with pytest.raises(SettingsInvalid, match="Airflow connection arm_rome: pages") as caught:
        sources.settings("arm_rome")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("identifier", ["..", "../../x", "/etc", "a/b", ".", "%2e%2e", "\x00"])
def test_no_id_leads_out_of_the_folder_of_artifacts(
    identifier: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.orchestration import storage

    monkeypatch.setenv("NUMBER_INVENTORY_STORAGE", str(tmp_path))
    found = Path(str(storage.artifacts(identifier, identifier, 1)))
    assert found.resolve().parents[2] == tmp_path / "artifacts"


def test_different_runs_have_different_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.orchestration import storage

    monkeypatch.setenv("NUMBER_INVENTORY_STORAGE", str(tmp_path))
    names = ["a+b", "a:b", "a_b"]
    assert len({str(storage.artifacts("dag", name, 1)) for name in names}) == 3


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("Unavailable", "retry"),
        ("Incomplete", "retry"),
        ("AuthenticationFailed", "fail"),
        ("Forbidden", "fail"),
        ("Malformed", "fail"),
        ("SettingsInvalid", "fail"),
        ("UntrustedCertificate", "fail"),
        ("DatabaseUnavailable", "retry"),
        ("NotMigrated", "fail"),
        ("Interrupted", "retry"),
        ("Refused", "fail"),
        ("NotFound", "fail"),
        ("ConfigurationInvalid", "fail"),
        ("OSError", "default"),
    ],
)
def test_only_what_may_pass_is_tried_again(name: str, again: str) -> None:
    import builtins

    from include import arm
    from include.inventory import errors
    from include.orchestration.retries import OnlyWhatMayPass

    kind = next(getattr(place, name) for place in (arm, errors, builtins) if hasattr(place, name))
    decision = OnlyWhatMayPass().evaluate(kind("what to do"), 1, 3)
    assert decision.action.value == again
    assert decision.reason == (None if again == "default" else "what to do")


def test_an_answer_that_waited_days_for_its_task_uses_none_of_the_days_up() -> None:
    from include.orchestration import runs

    answer = {
        "responded_at": "2026-11-21T09:00:00+00:00",
        "responded_by_user": {"id": "ada", "name": "Ada"},
        "params_input": {"reason": "moved"},
    }
    begin = datetime.now(UTC)
    decided = runs.decision(context("manual", None), answer)
    assert begin <= decided["as_of"] <= datetime.now(UTC)
    assert (decided["reason"], decided["actor"].name) == ("moved", "Ada")


def test_a_decision_is_never_before_its_run() -> None:
    from include.orchestration import runs

    answer = {"responded_by_user": {"name": "Ada"}, "params_input": {}}
    ahead = context("manual", None)
    ahead["dag_run"].run_after = datetime.now(UTC) + timedelta(days=1)
    assert runs.decision(ahead, answer)["as_of"] == ahead["dag_run"].run_after
