"""Number management from the command line: what it prints, how it ends, and what has changed."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from include.cli import app, operations
from include.inventory import database
from include.inventory.operations import OPERATIONS
from tests.integration.factories import (
    SITE,
    a_cooling_number,
    a_node,
    a_number,
    a_used_number,
    events,
    row,
)

Cli = Callable[..., Result]
ACME, PARIS = "sys.hcs.acme", "sys.hcs.acme.paris"
SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)


@pytest.fixture
def cli(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line on an inventory with two nodes."""
    monkeypatch.setenv("USER", "ann")
    monkeypatch.setenv("LOGNAME", "ann")
    with database.transaction() as db:
        a_node(db, SITE)
        a_node(db, PARIS)

    def run(*arguments: object, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, list(map(str, arguments)), input=stdin)

    return run


def the_outcome(result: Result, code: int = 0) -> dict[str, Any]:
    """The one JSON document that an operation printed."""
    assert result.exit_code == code, result.output
    assert bool(result.stderr) == bool(code)
    return dict(json.loads(result.stdout))


def the_refusal(result: Result, code: int = 1) -> str:
    """The one line that an operation which is refused prints, and nothing else."""
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    [line] = result.stderr.splitlines()
    return line


def now(number: str) -> dict[str, Any]:
    with database.transaction() as db:
        return row(db, number)


def test_there_is_a_command_for_every_operation(cli: Cli) -> None:
    names = {command.name for command in app.registered_commands}
    assert set(OPERATIONS) <= names
    shown = cli("--help").stdout
    assert operations.PANEL in shown
    for name in OPERATIONS:
        assert f"  {name} " in shown
        assert "--reason" in cli(name, "--help").stdout


def test_numbers_are_added_assigned_and_given_up(cli: Cli) -> None:
    done = cli("add", "+442079460100-+442079460109", "0042", "*55#", "--hierarchy", SITE)
    assert (done.exit_code, done.stdout) == (0, "add: 12 of 12 changed\n")
    again = cli("add", "0042-0043", "--hierarchy", SITE)
    assert again.stdout == "add: 1 of 2 changed, 1 unchanged\n"
    who = ("--vendor", "Cisco", "--usage", "User", "--subscriber", "jdoe", "--reason", "INC 1")
    assert the_outcome(cli("assign", "+442079460100", "*55#", *who, "--json")) == {
        "operation": "assign",
        "chosen": 2,
        "changed": 2,
        "refused": 0,
        "unchanged": 0,
        "dry_run": False,
        "items": [],
    }
    held = now("*55#")
    assert (held["status"], held["vendor"], held["subscriber"]) == ("Used", "Cisco", "jdoe")
    with database.transaction() as db:
        [_, event] = events(db, "*55#")
    assert (event["actor"], event["detail"]["reason"]) == ("terminal:ann", "INC 1")
    assert cli("unassign", "*55#", "+442079460100").exit_code == 0
    assert (now("*55#")["status"], now("*55#")["subscriber"]) == ("Available", None)


def test_every_operation_does_what_it_says(cli: Cli) -> None:
    cli("add", "1001-1009", "--hierarchy", SITE, "--description", "new")
    steps: list[tuple[tuple[object, ...], str, str]] = [
        (("mark-utility", "1001", "--usage", "Hunt_Pilot", "--subscriber", "desk"), "1001",
         "Used-Utility"),
        (("unassign", "1001"), "1001", "Available"),
        (("reserve", "1002", "--days", 5, "--notes", "for Bob"), "1002", "Reserved"),
        (("unreserve", "1002"), "1002", "Available"),
        (("cool", "1003", "--days", 45), "1003", "Cooling"),
        (("end-cooling", "1003"), "1003", "Available"),
        (("move", "1004", "--to", PARIS), "1004", "Available"),
        (("edit", "1005", "--set", "description==x", "--set", "extra1=y"), "1005", "Available"),
        (("edit", "1005", "--set", "extra1="), "1005", "Available"),
    ]  # fmt: skip
    for arguments, number, status in steps:
        assert cli(*arguments).stdout == f"{arguments[0]}: 1 of 1 changed\n"
        assert now(number)["status"] == status
    assert now("1004")["hierarchy"] == PARIS
    assert (now("1005")["description"], now("1005")["extra"]) == ("=x", None)
    assert cli("delete", "1006-1009").stdout == "delete: 4 of 4 changed\n"


def test_a_refusal_is_one_line_with_reasons_and_release_dates(cli: Cli) -> None:
    with database.transaction() as db:
        a_cooling_number(db, "1001", until=SOON)
        a_used_number(db, "1002")
        a_number(db, "1003", status="Reserved", release_date=SOON)
        a_number(db, "1004")
    until = f"until {SOON:%Y-%m-%d %H:%M} UTC; only Available numbers can be taken"
    assert the_refusal(cli("assign", "1001")) == (
        f"numbers: Cannot assign: 1001 is Cooling {until}. Nothing was changed"
    )
    line = the_refusal(cli("assign", "1001-1005"))
    assert f"1001 is Cooling {until}; 1002 is Used by an AudioCodes device" in line
    assert f"1003 is Reserved {until}; 1005 is not in the inventory, or not at" in line
    assert now("1004")["status"] == "Available"
    shown = the_outcome(cli("assign", "1001-1005", "--json"), code=1)
    assert [(item["internal_number"], item["status"]) for item in shown["items"]] == [
        ("1001", "Cooling"),
        ("1002", "Used"),
        ("1003", "Reserved"),
        ("1005", None),
    ]
    assert shown["items"][0]["release_date"] == SOON.isoformat()
    assert shown["items"][1]["vendor"] == "AudioCodes"


def test_each_item_is_told_where_each_is_asked_for(cli: Cli) -> None:
    with database.transaction() as db:
        a_cooling_number(db, "1001", until=SOON)
        a_number(db, "1002")
    result = cli("assign", "1001-1002", "--per-item")
    assert result.exit_code == 1
    _, first, second, summary = result.stdout.splitlines()
    assert first.split()[:2] == ["1001", "refused"]
    assert second.split()[:2] == ["1002", "changed"]
    assert summary == "assign: 1 of 2 changed, 1 refused"
    assert result.stderr.startswith("numbers: 1 of 2 refused, e.g. 1001 is Cooling until")
    assert now("1002")["status"] == "Used"


def test_a_dry_run_that_would_be_refused_ends_so(cli: Cli) -> None:
    cli("add", "1001", "--hierarchy", SITE)
    good = the_outcome(cli("reserve", "1001", "--dry-run", "--json"))
    assert (good["changed"], good["dry_run"]) == (1, True)
    bad = the_outcome(cli("reserve", "1001-1002", "--dry-run", "--json"), code=1)
    assert (bad["changed"], bad["refused"]) == (0, 1)
    assert now("1001")["status"] == "Available"


def test_numbers_come_from_stdin_one_a_line(cli: Cli) -> None:
    given = "1001-1003\r\n\n  2001 \n*55#\n"
    assert cli("add", "-", "3001", "--hierarchy", SITE, stdin=given).stdout == (
        "add: 6 of 6 changed\n"
    )
    assert the_refusal(cli("delete", "-", stdin="1001\nx y\n"), 2).startswith(
        "numbers: 'x y' is no number and no range"
    )
    assert "0 numbers are asked for" in the_refusal(cli("delete", "-", stdin=""), 2)
    assert "no text in UTF-8" in the_refusal(cli("delete", "-", stdin=b"\xff\n"), 2)


def test_the_next_available_ones_are_printed(cli: Cli) -> None:
    cli("add", "+442079460100-+442079460104", "1001", "--hierarchy", SITE)
    at = ("next-available", "--hierarchy", SITE)
    run = the_outcome(cli(*at, "--count", 2, "--consecutive", "--country", "gb", "--json"))
    assert [(item["internal_number"], item["status"]) for item in run["items"]] == [
        ("+442079460100", "Reserved"),
        ("+442079460101", "Reserved"),
    ]
    one = the_outcome(cli(*at, "--prefix", "1", "--vendor", "Cisco", "--json"))
    assert [(item["internal_number"], item["status"]) for item in one["items"]] == [
        ("1001", "Used")
    ]
    assert now("1001")["usage"] == "User"
    text = cli(*at, "--days", 3, "--notes", "for Bob")
    assert "+442079460102" in text.stdout
    assert now("+442079460102")["reservation_notes"] == "for Bob"
    assert "there are 2; nothing was handed out" in the_refusal(cli(*at, "--count", 3))
    assert "of reservations" in the_refusal(cli(*at, "--days", 3, "--usage", "User"), 2)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("assign", "1001", "--vendor", "AudioCodes"), 1, "held by devices"),
        (("assign", "12345678901234567"), 2, "is no number and no range"),
        (("reserve", "1001", "--days", -1), 2, "0 to 999"),
        (("move", "1001", "--to", "sys.x"), 2, "There is no hierarchy node sys.x"),
        (("edit", "1001", "--set", "description"), 2, "is not of the form NAME=TEXT"),
        (("edit", "1001", "--set", "extra1=a", "--set", "extra1=b"), 2, "is given twice"),
        (("edit", "1001", "--set", "status=Used"), 2, "cannot be edited"),
        (("add", "1001", "--hierarchy", "sys.x"), 2, "There is no hierarchy node sys.x; make it"),
        (("next-available", "--hierarchy", SITE), 1, "there are 0; nothing was handed out"),
    ],
)
def test_what_cannot_be_is_said_on_one_line(
    cli: Cli, arguments: tuple[object, ...], code: int, said: str
) -> None:
    assert said in the_refusal(cli(*arguments), code)


def test_what_a_command_needs_is_bad_usage_where_it_is_missing(cli: Cli) -> None:
    for arguments in (
        ("assign",),
        ("mark-utility", "1001"),
        ("add", "1001"),
        ("move", "1001"),
        ("edit", "1001"),
        ("next-available",),
        ("cool", "1001", "--days", "two"),
        ("delete", "-5"),
    ):
        result = cli(*arguments)
        assert (result.exit_code, result.stdout) == (2, ""), arguments
        assert result.stderr


# The hierarchy, users, macros


def test_the_hierarchy_is_made_shown_and_taken_away(cli: Cli) -> None:
    made = cli("hierarchy", "add", "sys.hcs.b.rome", "--type", "site", "--description", "Rome")
    assert made.stdout == "Made sys.hcs.b, sys.hcs.b.rome\n"
    listed = json.loads(cli("hierarchy", "list", "sys.hcs.b", "--json").stdout)
    assert [(row["hierarchy"], row["type"]) for row in listed] == [
        ("sys.hcs.b", "intermediate"),
        ("sys.hcs.b.rome", "site"),
    ]
    assert "Rome" in cli("hierarchy", "list").stdout
    assert (
        cli("hierarchy", "edit", "sys.hcs.b", "--type", "customer", "--description", "B").stdout
        == "sys.hcs.b is of the type customer: B\n"
    )
    shown = json.loads(cli("hierarchy", "show", "sys.hcs.b", "--json").stdout)
    assert (shown["type"], shown["parent"], shown["created_by"]) == (
        "customer",
        "sys.hcs",
        "terminal:ann",
    )
    assert "1 nodes below it" in the_refusal(cli("hierarchy", "delete", "sys.hcs.b"))
    assert cli("hierarchy", "delete", "sys.hcs.b.rome").stdout == "Deleted sys.hcs.b.rome\n"
    assert "no hierarchy node" in the_refusal(cli("hierarchy", "show", "sys.hcs.b.rome"), 2)
    assert "give --type" in the_refusal(cli("hierarchy", "edit", "sys.hcs.b"), 2)
    assert "is no type" in the_refusal(cli("hierarchy", "add", "a", "--type", "planet"), 2)


def test_users_are_limited_and_let_go(cli: Cli) -> None:
    assert cli("user", "limit", "bob", "--hierarchy", ACME).stdout.startswith("bob sees and chan")
    [limit] = json.loads(cli("user", "list", "--json").stdout)
    assert (limit["username"], limit["hierarchy"], limit["set_by"]) == ("bob", ACME, "terminal:ann")
    assert "bob" in cli("user", "list").stdout
    assert cli("user", "lift", "bob").stdout == "bob sees everything\n"
    assert "is not limited" in the_refusal(cli("user", "lift", "bob"), 2)


def test_the_macros_in_force_at_a_node_say_where_they_come_from(cli: Cli) -> None:
    name = "number_inventory_cooling_duration_days"
    cli("macro", "set", name, 45, "--hierarchy", "sys.hcs", "--as-of", "2026-11-02")
    cli("macro", "set", name, 90, "--hierarchy", ACME, "--as-of", "2026-11-02")
    shown = json.loads(cli("macro", "list", "--hierarchy", SITE, "--history", "--json").stdout)
    mine = next(one for one in shown if one["name"] == name)
    assert (mine["value"], mine["source"], mine["set_by"]) == (90, ACME, "terminal:ann")
    assert [one["value"] for one in mine["history"]] == [45, 90]
    text = cli("macro", "list", "--hierarchy", SITE).stdout
    assert f"set at {ACME} by terminal:ann, since 2026-11-02 00:00:00 UTC" in text
    assert "the default" in text
    assert "History" not in text
    assert "sys.hcs " in cli("macro", "list", "--hierarchy", SITE, "--history").stdout


# List and show


@pytest.fixture
def several(cli: Cli) -> None:
    with database.transaction() as db:
        a_number(db, "1001", status="Used", usage="User", vendor="Cisco", subscriber="ann")
        a_cooling_number(db, "1002", until=SOON)
        a_number(db, "1003", status="Reserved", release_date=SOON + timedelta(days=9))
        a_number(db, "+442079460123", description="=1+1", e164_number="+442079460123")


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ((), ["+442079460123", "1001", "1002", "1003"]),
        (("--status", "Cooling", "--status", "Reserved"), ["1002", "1003"]),
        (("--usage", "User"), ["1001"]),
        (("--subscriber", "ann"), ["1001"]),
        (("--ending", "23"), ["+442079460123"]),
        (("--release-before", (SOON + timedelta(days=1)).isoformat()), ["1002"]),
        (("--release-from", (SOON + timedelta(days=1)).isoformat()), ["1003"]),
        (("--limit", 2), ["+442079460123", "1001"]),
        (("--sort", "release_date"), ["1002", "1003"]),
        (("--sort", "-release_date"), ["1003", "1002"]),
        (("--hierarchy", PARIS), []),
    ],
)
@pytest.mark.usefixtures("several")
def test_a_list_is_what_fits(cli: Cli, arguments: tuple[object, ...], found: list[str]) -> None:
    rows = json.loads(cli("list", *arguments, "--json").stdout)
    assert [row["internal_number"] for row in rows] == found


@pytest.mark.usefixtures("several")
def test_a_list_as_csv_is_safe_in_a_spreadsheet(cli: Cli) -> None:
    result = cli("list", "--csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert rows[0]["internal_number"] == "'+442079460123"
    assert rows[0]["description"] == "'=1+1"
    assert (rows[1]["subscriber"], rows[1]["release_date"]) == ("ann", "")
    assert cli("list", "--csv", "--json").exit_code == 2
    assert cli("list", "--sort", "colour").exit_code == 2


def test_a_number_is_shown_with_its_moves(cli: Cli) -> None:
    cli("add", "1001", "--hierarchy", SITE)
    cli("move", "1001", "--to", PARIS, "--reason", "INC 2")
    cli("assign", "1001", "--subscriber", "ann")
    shown = cli("show", "1001").stdout
    assert "subscriber" in shown
    lines = shown.split("History:\n")[1].splitlines()
    assert [line.split("  ")[1].strip() for line in lines[1:]] == ["add", "move", "move", "assign"]
    assert SITE in lines[2]
    assert "INC 2" in lines[2]
    assert PARIS in lines[3]
