"""docs/number-management.md tells what there is: operations, routes, commands, states, macros."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from include.cli import app
from include.inventory.operations import OPERATIONS, Operation
from include.macros import MACROS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "number-management.md").read_text(encoding="utf-8")
API = ROOT / "include" / "web" / "api"
GROUP: Any = typer.main.get_command(app)
BESIDES = {
    "delete": "DELETE /numbers/{internal_number}",
    "edit": "PATCH /numbers/{internal_number}",
}


def a_row(operation: Operation) -> str:
    """What the table has of an operation."""
    name = operation.name
    routes = [f"POST /operations/{name}", *([BESIDES[name]] if name in BESIDES else [])]
    states = (
        "its state stays"
        if operation.leaves == operation.enters
        else f"{_states(operation.leaves, 'none')} → {_states(operation.enters, 'none')}"
    )
    if operation.leaves == operation.enters and name == "move":
        states += ": " + _states(operation.leaves, "none")
    cells = [
        name,
        ", ".join(f"`{route}`" for route in routes),
        f"`numbers {name}`",
        "may trigger `release_numbers`",
        states,
    ]
    return "| " + " | ".join(cells) + " |"


def _states(states: tuple[str, ...], nothing: str) -> str:
    return ", ".join(states) or nothing


def routes() -> Iterator[str]:
    """Every route of the API, as its source has it."""
    found = re.compile(r'@router\.(get|post|put|patch|delete)\(\s*"([^"]+)"')
    for path in API.glob("*.py"):
        for method, place in found.findall(path.read_text(encoding="utf-8")):
            yield f"{method.upper()} {place}"
    if 'f"/operations/{_operation.name}"' in (API / "operations.py").read_text(encoding="utf-8"):
        yield from (f"POST /operations/{name}" for name in OPERATIONS)


def test_the_table_is_that_of_the_operations() -> None:
    told = [line for line in TEXT.splitlines() if "`POST /operations/" in line]
    assert told == [a_row(operation) for operation in OPERATIONS.values()]


def test_every_route_that_is_told_is_there() -> None:
    told = set(re.findall(r"`((?:POST|PUT|PATCH|DELETE) /[^`]+)`", TEXT))
    assert told - set(routes()) == set()


def test_every_route_that_changes_something_is_told() -> None:
    changing = {route for route in routes() if not route.startswith("GET ")}
    assert changing - set(re.findall(r"`([A-Z]+ /[^`]+)`", TEXT)) == set()


def test_every_command_that_is_told_is_there_with_its_options() -> None:
    lines = re.findall(r"^\$ numbers (.+)$", TEXT, re.MULTILINE)
    lines += re.findall(r"`numbers ([^`]+)`", TEXT)
    assert lines
    for line in lines:
        command = GROUP
        for word in line.split():
            if not hasattr(command, "commands"):
                break
            command = command.get_command(None, word)
            assert command is not None, line
        options = {name for one in command.params for name in one.opts}
        assert set(re.findall(r"(?<= )--[a-z-]+", line)) <= options, line


def test_every_macro_that_is_told_is_there_with_its_bounds() -> None:
    told = set(re.findall(r"`(number_inventory_\w+|audiocodes_\w+)`", TEXT))
    assert told <= set(MACROS)
    days = MACROS["number_inventory_cooling_duration_days"]
    assert f"{days.default} by default, {days.minimum} to {days.maximum}" in TEXT


@pytest.mark.parametrize("module", ["selections", "texts", "pools", "operations"])
def test_bounds_that_are_told_are_those_of_the_code(module: str) -> None:
    bounds = {
        "selections": ("MOST = 10_000_000", "more than 10 million numbers"),
        "texts": ("LONGEST = 1000", "more than 1,000 characters"),
        "pools": ("MOST = 1000", "1 to 1,000"),
        "operations": ("MOST_DAYS = 999", "0 to 999"),
    }
    code, told = bounds[module]
    source = (ROOT / "include" / "inventory" / f"{module}.py").read_text(encoding="utf-8")
    assert f"\n{code}\n" in source
    assert told in TEXT
