"""Reports from the command line: made from their list, as a table, JSON or CSV."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from include.cli import app
from include.cli import reports as commands
from include.inventory import database, reports
from tests.integration.factories import NOON, SITE, a_cooling_number, a_number, a_used_number

Cli = Callable[..., Result]
HEAVY = {"sqlalchemy", "psycopg", "numpy", "pyarrow"}


@pytest.fixture
def cli(database_url: str) -> Cli:
    """The command line on an inventory with an available, a reserved and a cooling number."""
    with database.transaction() as db:
        a_number(db, "+441")
        a_number(db, "+442", status="Reserved", reservation_notes='=HYPERLINK("x")')
        a_cooling_number(db, "+443", until=NOON, hierarchy="sys.hcs.beta")
    return lambda *arguments: CliRunner().invoke(app, ["report", *map(str, arguments)])


def the_refusal(result: Result, code: int = 2) -> str:
    """The one line that a command which fails prints, and nothing else."""
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    [line] = result.stderr.splitlines()
    return line


def test_every_report_is_listed_with_its_options(cli: Cli) -> None:
    listed = json.loads(cli("list", "--json").stdout)
    assert [report["name"] for report in listed] == list(reports.REPORTS)
    assert listed[0]["columns"][:3] == ["hierarchy", "type", "available"]
    assert {"name": "first", "type": "date"}.items() <= listed[1]["parameters"][0].items()
    shown = cli("list").stdout
    assert "--after-hierarchy" in shown
    assert all(name in cli("--help").stdout for name in reports.REPORTS)


@pytest.mark.parametrize("name", reports.REPORTS)
def test_every_report_is_an_array_of_its_columns(cli: Cli, name: str) -> None:
    result = cli(name, "--as-of", NOON.isoformat(), "--json")
    assert result.exit_code == (1 if name == "alerts" else 0), result.output
    for row in json.loads(result.stdout):
        assert tuple(row) == reports.REPORTS[name].columns


@pytest.mark.parametrize("name", reports.REPORTS)
def test_every_report_is_a_table_and_csv_under_its_columns(cli: Cli, name: str) -> None:
    columns = list(reports.REPORTS[name].columns)
    assert cli(name).stdout.splitlines()[0].split() == columns
    rows = list(csv.reader(io.StringIO(cli(name, "--csv").stdout)))
    assert rows[0] == columns
    assert len(rows) == len(json.loads(cli(name, "--json").stdout)) + 1


@pytest.mark.parametrize("name", reports.REPORTS)
def test_every_report_has_the_options_of_its_parameters(cli: Cli, name: str) -> None:
    shown = cli(name, "--help").stdout
    for parameter in reports.REPORTS[name].parameters:
        assert f"--{parameter.name.replace('_', '-')} " in shown


def test_a_table_reads_well(cli: Cli) -> None:
    shown = cli("cooling", "--as-of", "2026-11-03").stdout
    assert shown == (
        "release_day  hierarchy     numbers  overdue\n2026-11-02   sys.hcs.beta  1        1\n"
    )
    reserved = cli("reservations").stdout.splitlines()[1]
    assert reserved.split() == ["+442", SITE, '=HYPERLINK("x")']
    share = cli("utilisation", "--hierarchy", SITE).stdout.splitlines()[1].split()
    assert share[:9] == [SITE, "intermediate", "1", "0", "0", "1", "0", "2", "50.0"]


def test_a_long_table_is_printed_to_its_end(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that comes after the widths were told may be wider."""
    monkeypatch.setattr(commands, "SAMPLE", 1)
    shown = [line.split() for line in cli("never_used").stdout.splitlines()]
    assert shown[1:] == [
        ["+441", SITE, "Available"],
        ["+442", SITE, "Reserved"],
        ["+443", "sys.hcs.beta", "Cooling"],
    ]


def test_a_cell_of_csv_cannot_become_a_formula(cli: Cli) -> None:
    [_, row] = csv.reader(io.StringIO(cli("reservations", "--csv").stdout))
    assert row == ["'+442", SITE, "", '\'=HYPERLINK("x")', "False"]
    assert "2026-11-02T12:00:00+00:00" not in row
    with database.transaction() as db:
        a_number(db, "+444", status="Reserved", release_date=NOON)
    [_, ends, _] = csv.reader(io.StringIO(cli("reservations", "--csv").stdout))
    assert ends[2] == "2026-11-02T12:00:00+00:00"


def test_options_reach_the_report(cli: Cli) -> None:
    days = cli("utilisation_by_day", "--first", "2026-10-01", "--last", "2026-10-03", "--json")
    assert [row["day"] for row in json.loads(days.stdout)] == [
        "2026-10-01",
        "2026-10-02",
        "2026-10-03",
    ]
    page = json.loads(cli("never_used", "--after", "+441", "--limit", 1, "--json").stdout)
    assert [row["internal_number"] for row in page] == ["+442"]
    only = json.loads(cli("utilisation", "--hierarchy", "sys.hcs.beta", "--json").stdout)
    assert [row["hierarchy"] for row in only] == ["sys.hcs.beta"]


def test_alerts_are_a_finding(cli: Cli) -> None:
    shown = cli("alerts")
    assert shown.exit_code == 1
    assert "sys.hcs.beta" in shown.stdout
    assert cli("alerts", "--hierarchy", SITE).exit_code == 0
    with database.transaction() as db:
        for digits in range(20):
            a_used_number(db, f"1{digits}")
    found = json.loads(cli("alerts", "--hierarchy", SITE, "--json").stdout)
    assert [(row["threshold"], row["source"]) for row in found] == [(10, None)]
    assert cli("alerts", "--hierarchy", SITE, "--csv").exit_code == 1


def test_what_is_no_report_or_node_is_said_on_one_line(cli: Cli) -> None:
    assert "There is no report sales; there are: utilisation" in the_refusal(cli("sales"))
    said = the_refusal(cli("ranges", "--hierarchy", "sys.nowhere", "--json"))
    assert "There is no hierarchy node sys.nowhere" in said
    assert "2026-11-03, is after" in the_refusal(
        cli("utilisation_by_day", "--first", "2026-11-03", "--last", "2026-11-02")
    )
    assert "--json or --csv" in the_refusal(cli("ranges", "--json", "--csv"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("utilisation_by_day", "--first", "yesterday"),
        ("forecast", "--days", 6),
        ("never_used", "--limit", 0),
        ("reservations", "--within", -1),
        ("ranges", "--as-of", "noon"),
        ("ranges", "--days", 3),
    ],
)
def test_options_that_cannot_be_are_bad_usage(cli: Cli, arguments: tuple[str, ...]) -> None:
    result = cli(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_the_help_of_the_command_line_loads_no_report() -> None:
    said = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "include.cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in said.stderr.splitlines()}
    assert loaded & HEAVY == set()
    assert "report " in said.stdout
