"""Files in and out from the command line: what is said, where, and the exit code."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from include.cli import app, transfers
from include.inventory import database
from tests.integration.factories import SITE, a_number, a_used_number

Cli = Callable[..., Result]


@pytest.fixture
def cli(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line on a fresh inventory."""
    monkeypatch.setenv("USER", "ann")
    monkeypatch.setenv("LOGNAME", "ann")
    return lambda *arguments: CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of two numbers, and a row that is none."""
    path = tmp_path / "numbers.csv"
    path.write_text(f"internal_number,hierarchy\n1001,{SITE}\nbad,{SITE}\n1002,{SITE}\n")
    return path


def the_document(result: Result, code: int = 0) -> Any:
    """The one JSON document that a command printed."""
    assert (result.exit_code, result.stderr) == (code, ""), result.output
    return json.loads(result.stdout)


def the_refusal(result: Result, code: int) -> str:
    """The one line that a command which fails prints, and nothing else."""
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    [line] = result.stderr.splitlines()
    return line


def stored() -> list[str]:
    """Every number of the inventory."""
    with database.transaction() as db:
        return list(db.execute(text("SELECT internal_number FROM numbers.number")).scalars())


def test_an_import_with_a_row_that_is_wrong_imports_nothing(cli: Cli, file: Path) -> None:
    done = the_document(cli("import", file, "--make-nodes", "--json"), code=1)
    [rejected] = done.pop("rejected")
    assert done == {"imported": 0, "existing": 0, "nodes": [], "dry_run": False}
    assert (rejected["line"], rejected["column"]) == (3, "internal_number")
    told = cli("import", file, "--make-nodes")
    assert (told.exit_code, told.stderr) == (1, "")
    assert told.stdout.splitlines() == [
        f"line 3, internal_number:  {rejected['reason']}",
        "0 imported, 0 there already, 1 rejected",
        "Nothing is imported while a row is rejected: mend the file and run it again, "
        "or give --partial",
    ]
    assert stored() == []


def test_a_partial_import_takes_what_is_right_and_the_mended_file_the_rest(
    cli: Cli, file: Path
) -> None:
    done = the_document(cli("import", file, "--make-nodes", "--partial", "--json"), code=1)
    assert (done["imported"], done["nodes"][-1]) == (2, SITE)
    file.write_text(file.read_text().replace("bad", "1003"))
    told = cli("import", file)
    assert (told.exit_code, told.stdout) == (0, "1 imported, 2 there already, 0 rejected\n")
    assert stored() == ["1001", "1002", "1003"]


def test_a_dry_run_says_what_would_be(cli: Cli, file: Path) -> None:
    told = cli("import", file, "--dry-run", "--partial", "--make-nodes")
    assert told.exit_code == 1
    assert told.stdout.splitlines()[1:] == [
        f"nodes would be made: sys, sys.hcs, sys.hcs.acme, {SITE}",
        "2 would be imported, 0 there already, 1 rejected",
    ]
    assert stored() == []


def test_a_node_that_is_missing_says_how_to_make_it(cli: Cli, file: Path) -> None:
    assert "make it, or import with --make-nodes" in cli("import", file).stdout


def test_many_rejections_are_counted_on_a_terminal_and_listed_in_json(
    cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("internal_number,hierarchy\n" + "bad,sys\n" * 250)
    told = cli("import", file).stdout.splitlines()
    assert told[transfers.SHOWN - 1].startswith("line 101, internal_number: ")
    assert told[transfers.SHOWN :][:2] == [
        "and 150 more; --json lists all of them",
        "0 imported, 0 there already, 250 rejected",
    ]
    assert len(the_document(cli("import", file, "--json"), code=1)["rejected"]) == 250


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.csv", "nowhere.csv cannot be read (No such file or directory)"),
        ("numbers.xlsx", "give a file that ends in .csv or .parquet"),
    ],
)
def test_an_import_of_what_cannot_be_read_is_bad_input(cli: Cli, name: str, said: str) -> None:
    assert said in the_refusal(cli("import", name), 2)


@pytest.mark.parametrize("name", ["numbers.csv", "numbers.parquet"])
def test_what_was_exported_is_imported_as_it_was(cli: Cli, tmp_path: Path, name: str) -> None:
    with database.transaction() as db:
        a_used_number(db, "0011", description="=1+1", extra={"extra2": "'x"})
        a_number(db, "+442079460123")
    file = tmp_path / name
    told = cli("export", file)
    assert (told.exit_code, told.stdout, told.stderr) == (0, f"2 exported to {file}\n", "")
    done = the_document(cli("export", file, "--status", "Used", "--json"))
    assert (done["exported"], done["columns"][-1]) == (1, "extra2")
    assert the_document(cli("import", file, "--json"))["existing"] == 1


def test_an_export_to_standard_output_is_nothing_but_the_numbers(
    cli: Cli, database_url: str
) -> None:
    with database.transaction() as db:
        a_number(db, "1001")
        a_number(db, "1002", hierarchy="sys.other")
    command = [sys.executable, "-m", "include.cli", "export", "-", "--hierarchy", "sys.hcs"]
    done = subprocess.run(command, capture_output=True, check=True)
    header, line = csv.reader(io.StringIO(done.stdout.decode()))
    assert (header[0], line[:2], done.stderr) == ("internal_number", ["'1001", SITE], b"")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("numbers.xlsx",), "give a file that ends in .csv or .parquet"),
        (("nowhere/numbers.csv",), "nowhere/numbers.csv cannot be written"),
        (("numbers.csv", "--status", "Idle"), "Idle"),
        (("-", "--json"), "cannot both go to standard output"),
    ],
)
def test_an_export_to_what_cannot_be_written_is_bad_input(
    cli: Cli, arguments: tuple[str, ...], said: str
) -> None:
    result = cli("export", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_bar_is_shown_where_a_person_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, log = Terminal(), io.StringIO()
    for place in (terminal, log):
        monkeypatch.setattr("sys.stderr", place)
        with transfers._bar() as progress:
            progress("reading", 1, 4)
            progress("adding", 0, 0)
    assert "adding" in terminal.getvalue()
    assert log.getvalue() == ""
