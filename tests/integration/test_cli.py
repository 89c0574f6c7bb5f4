"""Every step from the command line: one JSON document or readable text, and an exit code."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from include.cli import app, output
from include.inventory import database
from tests.integration.factories import SITE, a_number, a_used_number, row

Cli = Callable[..., Result]
DAY_1, DAY_2 = "2026-11-02T02:00:00+00:00", "2026-11-03T02:00:00+00:00"
CONNECTIONS = """
connections:
  - {name: lab, conn_id: arm_lab, hierarchy: sys.hcs.acme}
"""


@pytest.fixture
def cli(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line on a fresh inventory, with one connection."""
    (tmp_path / "connections.yaml").write_text(CONNECTIONS)
    monkeypatch.setenv("NUMBER_INVENTORY_CONNECTIONS", str(tmp_path / "connections.yaml"))
    monkeypatch.setenv("NUMBER_INVENTORY_STORAGE", str(tmp_path / "storage"))
    monkeypatch.setenv("USER", "ann")
    monkeypatch.setenv("LOGNAME", "ann")
    return lambda *arguments: CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def a_file(tmp_path: Path) -> Callable[..., Path]:
    """A file of registered users, as JSON lines."""

    def write(*aors: str, name: str = "users.jsonl") -> Path:
        lines = [json.dumps({"aor": aor, "nodeName": "SBC-1", "active": True}) for aor in aors]
        file = tmp_path / name
        file.write_text("\n".join(lines) + "\n")
        return file

    return write


def the_document(result: Result, code: int = 0) -> Any:
    """The one JSON document that a command printed."""
    assert (result.exit_code, result.stderr) == (code, ""), result.output
    return json.loads(result.stdout)


def the_refusal(result: Result, code: int) -> str:
    """The one line that a command which fails prints, and nothing else."""
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    [line] = result.stderr.splitlines()
    return line


def test_the_schema_is_brought_up_to_date(cli: Cli) -> None:
    assert the_document(cli("db", "upgrade", "--json"))["revision"]
    assert "revision" in cli("db", "upgrade").stdout


def test_a_list_is_an_array_of_the_fields_of_numbers(cli: Cli) -> None:
    with database.transaction() as db:
        a_number(db, "1001", extra={"extra1": "x"})
        a_number(
            db,
            "1002",
            status="Cooling",
            tag="Cooling",
            release_date=datetime(2026, 11, 4, 2, tzinfo=UTC),
        )
    first, second = the_document(cli("list", "--json"))
    assert list(first) == [
        "internal_number",
        "hierarchy",
        "status",
        "usage",
        "vendor",
        "subscriber",
        "tag",
        "release_date",
        "description",
        "e164_number",
        "reservation_notes",
        "extra1",
    ]
    assert second["release_date"] == "2026-11-04T02:00:00+00:00"
    assert "extra1" not in second
    assert the_document(cli("list", "--status", "Reserved", "--json")) == []
    assert cli("list", "--status", "Cooling").stdout.splitlines()[1].split() == [
        "1002",
        "Cooling",
        "2026-11-04",
        "02:00:00",
        "UTC",
        SITE,
    ]


def test_an_unknown_status_is_bad_usage(cli: Cli) -> None:
    assert cli("list", "--status", "Idle").exit_code == 2


def test_observe_plan_and_apply_bring_the_inventory_in_line(
    cli: Cli, a_file: Callable[..., Path]
) -> None:
    with database.transaction() as db:
        a_number(db, "1001")
    file = a_file("1001", "1002", "Sue")
    seen = the_document(cli("observe", "lab", file, "--as-of", DAY_1, "--json"))
    assert seen.pop("snapshot") > 0
    [(reason, count)] = seen.pop("rejected").items()
    assert (bool(reason), count) == (True, 1)
    assert seen == {
        "examples": {reason: ["Sue"]},
        "doubtful": 0,
        "misread": 0,
        "evidence": {"file": str(file)},
        "connection": "lab",
        "as_of": DAY_1,
        "registered_users": 3,
        "began": 2,
        "ended": 0,
        "newest": True,
        "known": False,
    }
    plan = the_document(cli("plan", "lab", "--json"))
    assert (plan["status"], plan["changes"], plan["as_of"]) == (
        "open",
        {"claim": 1, "create": 1},
        DAY_1,
    )
    assert the_document(cli("apply", plan["plan"], "--json")) == {
        "plan": plan["plan"],
        "status": "applied",
        "changed": {"claim": 1, "create": 1},
        "withheld": {},
    }
    again = the_document(cli("apply", plan["plan"], "--json"))
    assert (again["status"], again["changed"]) == ("applied", {})
    assert the_document(cli("observe", "lab", file, "--as-of", DAY_1, "--json"))["known"]


def test_a_list_of_an_instant_that_is_yet_to_come_is_refused(
    cli: Cli, a_file: Callable[..., Path]
) -> None:
    refused = cli("observe", "lab", a_file("1001"), "--as-of", "2126-11-02T02:00:00+00:00")
    assert refused.exit_code == 2
    assert "is yet to come" in refused.stderr
    with database.transaction() as db:
        assert db.execute(text("SELECT count(*) FROM numbers.snapshot")).scalar_one() == 0


@pytest.mark.parametrize("command", ["release", "audit"])
def test_nothing_is_released_or_repaired_as_of_an_instant_yet_to_come(
    cli: Cli, command: str
) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    with database.transaction() as db:
        a_number(db, "1001", status="Cooling", tag="Cooling for 2 days", release_date=soon)
    refused = cli(command, "--as-of", (soon + timedelta(days=1)).isoformat())
    assert refused.exit_code == 2
    assert "give an instant that has been" in refused.stderr
    with database.transaction() as db:
        assert db.execute(text("SELECT status FROM numbers.number")).scalar_one() == "Cooling"


def test_a_number_is_shown_with_where_it_is_online_and_its_history(
    cli: Cli, a_file: Callable[..., Path]
) -> None:
    cli("observe", "lab", a_file("1001"), "--as-of", DAY_1)
    assert cli("apply", the_document(cli("plan", "lab", "--json"))["plan"]).exit_code == 0
    shown = the_document(cli("show", "1001", "--json"))
    assert (shown["status"], shown["usage"], shown["vendor"]) == ("Used", "Device", "AudioCodes")
    assert (shown["online"][0]["node"], shown["online"][0]["since"]) == ("SBC-1", DAY_1)
    assert (shown["history"][0]["actor"], shown["history"][0]["as_of"]) == ("terminal:ann", DAY_1)
    text = cli("show", "1001").stdout
    said = "Used by AudioCodes: SBC-1 lists it as 1001 since 2 Nov 2026 02:00 UTC."
    assert text.startswith(said)
    assert shown["why"] == said
    assert len(the_document(cli("list", "--aor", "sip:1001@", "--json"))) == 1
    assert the_document(cli("list", "--aor", "1001@", "--tag", "Cooling", "--json")) == []
    assert "2026-11-02 02:00:00 UTC  create  terminal:ann        Used/Device/AudioCodes" in text


def test_a_number_at_several_nodes_is_asked_back_for(cli: Cli) -> None:
    with database.transaction() as db:
        a_number(db, "1001", hierarchy="sys.a")
        a_number(db, "1001", hierarchy="sys.b")
    line = the_refusal(cli("show", "1001", "--json"), 1)
    assert line == "numbers: 1001 is at several nodes, sys.a, sys.b; name the one that is meant"
    assert the_document(cli("show", "1001", "--hierarchy", "sys.b", "--json"))["history"] == []


def test_withheld_removals_are_a_finding(cli: Cli, a_file: Callable[..., Path]) -> None:
    many = [f"+4420794601{line:02}" for line in range(30)]
    cli("observe", "lab", a_file(*many), "--as-of", DAY_1)
    cli("apply", the_document(cli("plan", "lab", "--json"))["plan"])
    cli("observe", "lab", a_file(*many[:3]), "--as-of", DAY_2)
    plan = the_document(cli("plan", "lab", "--json"), code=1)
    assert (plan["withheld"], plan["changes"], len(plan["holds"])) == ({"cool": 27}, {}, 1)
    assert the_document(cli("apply", plan["plan"], "--json"), code=1)["withheld"] == {"cool": 27}
    text = cli("plan", "lab")
    assert "Withheld: 27 cool" in text.stdout
    assert text.exit_code == 1


def test_changed_rules_are_a_finding_too_and_are_approved_though_nothing_is_withheld(
    cli: Cli, a_file: Callable[..., Path], tmp_path: Path
) -> None:
    cli("observe", "lab", a_file("1001"), "--as-of", DAY_1)
    cli("sync", "lab", "--as-of", DAY_1)
    changed = CONNECTIONS.replace("acme}", "acme, rules: {international_prefix: '00'}}")
    (tmp_path / "connections.yaml").write_text(changed)
    cli("observe", "lab", a_file("1001"), "--as-of", DAY_2)
    assert cli("plan", "lab").exit_code == 1
    assert cli("sync", "lab", "--as-of", DAY_2).exit_code == 1
    held = cli("holds", "lab")
    assert held.exit_code == 1
    assert held.stdout.startswith("lab: the list was read by other rules than the last one")
    assert "by the rule changed rules; 0 withheld" in held.stdout
    assert held.stdout.endswith("  the numbers: numbers changes 4\n")
    approved = cli("approve", 4, "--reason", "so it is").stdout
    assert approved == "Plan 4 was approved; plan 5 changed: none\n"
    assert cli("holds", "lab").stdout == "Nothing is held\n"
    assert cli("plan", "lab").exit_code == 0


def test_a_plan_for_the_past_is_refused(cli: Cli, a_file: Callable[..., Path]) -> None:
    cli("observe", "lab", a_file("1001"), "--as-of", DAY_2)
    assert "plan for the past" in the_refusal(cli("plan", "lab", "--as-of", DAY_1), 1)


def test_a_sync_uses_what_is_landed_and_a_late_list_changes_the_past_only(
    cli: Cli, a_file: Callable[..., Path]
) -> None:
    cli("observe", "lab", a_file("1001"), "--as-of", DAY_1)
    done = the_document(cli("sync", "lab", "--as-of", DAY_1, "--json"))
    assert (done["observed"]["known"], done["applied"]["changed"]) == (True, {"create": 1})
    cli("observe", "lab", a_file("1001", "1002"), "--as-of", DAY_2)
    late = the_document(cli("sync", "lab", "--as-of", DAY_1, "--json"))
    assert (late["observed"]["newest"], late["plan"], late["applied"]) == (False, None, None)
    assert "changes the past only" in cli("sync", "lab", "--as-of", DAY_1).stdout


def test_a_sync_for_a_past_that_was_not_landed_is_refused(cli: Cli) -> None:
    line = the_refusal(cli("sync", "lab", "--as-of", DAY_1), 1)
    assert "ARM keeps no history: no list of lab was landed for 2026-11-02T02:00:00+00:00" in line


def test_a_sync_without_credentials_says_how_to_give_them(cli: Cli) -> None:
    assert "AIRFLOW_CONN_ARM_LAB" in the_refusal(cli("sync", "lab"), 2)


def test_a_release_makes_numbers_available_whose_cooling_is_over(cli: Cli) -> None:
    with database.transaction() as db:
        past = datetime.now(UTC) - timedelta(days=1)
        a_number(db, "1001", status="Cooling", tag="Cooling for 2 days", release_date=past)
    early = the_document(cli("release", "--as-of", "2020-01-01", "--json"))
    assert early == {"as_of": "2020-01-01T00:00:00+00:00", "released": 0, "kept": {}}
    assert cli("release").stdout == "1 released; due and kept: none\n"


def test_an_audit_repairs_and_reports(cli: Cli, tmp_path: Path) -> None:
    with database.transaction() as db:
        a_used_number(db, "1001", usage="User")
    found = the_document(cli("audit", "--no-repair", "--json"), code=1)
    assert (found["success"], found["numbers"]) == (False, 1)
    assert cli("audit", "--report", tmp_path / "report").exit_code == 1
    assert sorted(file.suffix for file in (tmp_path / "report").iterdir()) == [
        ".csv",
        ".html",
        ".json",
    ]
    with database.transaction() as db:
        assert row(db, "1001")["usage"] == "Device"


def test_a_purge_and_its_approval_are_of_now(cli: Cli, a_file: Callable[..., Path]) -> None:
    """Its numbers cool from now on, however old the last list is."""
    cli("observe", "lab", a_file("1001"), "--as-of", DAY_1)
    assert cli("apply", the_document(cli("plan", "lab", "--json"))["plan"]).exit_code == 0
    began = datetime.now(UTC).replace(microsecond=0)
    plan = the_document(cli("purge", "lab", "--json"))["plan"]
    done = the_document(cli("approve", plan, "--reason", "gone", "--json"))
    assert done["changed"] == {"cool": 1}
    assert cli("release").exit_code == 0
    with database.transaction() as db:
        found = row(db, "1001")
    assert found["status"] == "Cooling"
    assert found["release_date"] >= began + timedelta(days=2)


@pytest.mark.parametrize(
    "command",
    [
        ("purge", "lab"),
        ("approve", 1, "--reason", "it is gone"),
        ("reject", 1, "--reason", "it is back"),
    ],
)
def test_no_decision_is_dated_back(cli: Cli, command: tuple[object, ...]) -> None:
    refused = cli(*command, "--as-of", DAY_1)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "No such option" in refused.stderr


def test_a_macro_is_set_at_a_node_and_seen_below_it(cli: Cli) -> None:
    name = "audiocodes_cooling_duration"
    the_document(cli("hierarchy", "add", SITE, "--json"))
    done = cli("macro", "set", name, 3, "--hierarchy", "sys.hcs.acme", "--as-of", "2026-11-02")
    assert done.stdout.startswith(f"{name} is 3 days at sys.hcs.acme from 2026-11-02 00:00:00 UTC")
    below = ("--hierarchy", SITE, "--json")
    assert the_document(cli("macro", "get", name, "--as-of", "2026-11-02", *below))["value"] == 3
    before = the_document(cli("macro", "get", name, "--as-of", "2026-11-01", *below))
    assert (before["value"], before["source"]) == (2, None)
    listed = the_document(cli("macro", "list", "--json"))
    default, value = [macro for macro in listed if macro["name"] == name]
    assert (default["hierarchy"], default["value"]) == (None, 2)
    assert (value["hierarchy"], value["value"], value["set_by"]) == (
        "sys.hcs.acme",
        3,
        "terminal:ann",
    )
    assert (
        "3 days (set at sys.hcs.acme by terminal:ann)"
        in cli("macro", "get", name, "--hierarchy", SITE).stdout
    )


@pytest.mark.parametrize("value", ["-1", "1000", "2.5", "two", ""])
def test_a_macro_refuses_what_is_no_number_of_days(cli: Cli, value: str) -> None:
    name = "audiocodes_cooling_duration"
    line = the_refusal(cli("macro", "set", name, value, "--hierarchy", SITE), 1)
    assert f"{name} at {SITE} cannot be {value!r}" in line


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("plan", "nowhere"), 2, "nowhere"),
        (("sync", "nowhere"), 2, "There is no connection nowhere in"),
        (("plan", "lab"), 1, "No list of lab has been observed; run: numbers sync lab"),
        (("apply", "7"), 2, "There is no plan 7"),
        (("show", "1001"), 1, "There is no number 1001"),
        (("macro", "get", "colour", "--hierarchy", "sys"), 2, "There is no macro colour"),
        (("macro", "list", "--hierarchy", SITE), 2, f"There is no hierarchy node {SITE}"),
        (("observe", "lab", "nowhere.csv", "--as-of", DAY_1), 2, "there is no such file"),
    ],
)
def test_what_is_not_there_is_said_on_one_line(
    cli: Cli, arguments: tuple[str, ...], code: int, said: str
) -> None:
    assert said in the_refusal(cli(*arguments, "--json"), code)


def test_a_file_that_is_no_list_is_bad_input_and_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "users.parquet"
    file.write_bytes(b"PAR0 is not Parquet")
    assert "users.parquet" in the_refusal(cli("observe", "lab", file, "--as-of", DAY_1), 2)
    assert [path for path in (tmp_path / "storage").rglob("*") if path.is_file()] == []


def test_another_list_for_the_same_instant_is_refused(
    cli: Cli, a_file: Callable[..., Path]
) -> None:
    cli("observe", "lab", a_file("1001"), "--as-of", DAY_1)
    line = the_refusal(cli("observe", "lab", a_file("1002"), "--as-of", DAY_1), 1)
    assert "a list is never rewritten" in line


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "02/11/2026"])
def test_an_instant_that_is_none_is_bad_usage(cli: Cli, text: str) -> None:
    result = cli("release", "--as-of", text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is no instant" in result.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("connections:\n  - {name: lab, conn_id: arm_lab}", "connections.0.hierarchy"),
        ("connections: [", "cannot be read as YAML"),
    ],
)
def test_a_mistake_in_the_configuration_names_file_and_key(
    cli: Cli, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "connections.yaml").write_text(text)
    line = the_refusal(cli("release"), 2)
    assert said in line
    assert "connections.yaml" in line


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://nobody@127.0.0.1:1/none", "does not answer"),
        ("mysql://host/database", "needs PostgreSQL"),
        ("nonsense", "cannot be read"),
    ],
)
def test_a_database_that_does_not_answer_is_said_on_one_line(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, address: str, said: str
) -> None:
    monkeypatch.setenv("NUMBER_INVENTORY_DB", address)
    assert said in the_refusal(cli("list", "--json"), 2)


def test_a_database_without_the_tables_says_how_to_make_them(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = database.embedded_url("postgres")
    monkeypatch.setenv("NUMBER_INVENTORY_DB", empty)
    assert the_refusal(cli("list"), 2).endswith("run: numbers db upgrade")


def test_progress_is_counted_where_a_person_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, log = Terminal(), io.StringIO()
    for place in (terminal, log):
        monkeypatch.setattr("sys.stderr", place)
        with output.counting("numbers read:") as progress:
            progress(12_345)
    assert "numbers read: 12,345" in terminal.getvalue()
    assert log.getvalue() == ""
