"""Whatever is typed: a command does it, or says on stderr why not, and then nothing has changed."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from typer.testing import CliRunner

from include.cli import app
from include.inventory import connections, database
from include.inventory.operations import OPERATIONS
from tests.integration import steps
from tests.integration.factories import (
    NOON,
    SITE,
    a_cooling_number,
    a_node,
    a_number,
    a_used_number,
)

GROUP: Any = typer.main.get_command(app)
# What reads or writes files or servers is fuzzed by its own tests.
ELSEWHERE = {"import", "export", "observe", "sync", "audit", "db", "connection"}
# They end with 1 for a finding, which they print, and with changes, which are what they are for.
FINDINGS = {"plan", "apply", "release"}
RUNS = 30


def commands(group: Any = GROUP, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command."""
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


PATHS = [path for path in commands() if path[0] not in ELSEWHERE]


def parameters(path: tuple[str, ...]) -> list[Any]:
    command = GROUP
    for name in path:
        command = command.get_command(None, name)
    return list(command.params)


AWKWARD = st.sampled_from(
    [
        "",
        " ",
        "-",
        "--",
        "'; DROP TABLE numbers.number; --",
        "%s %(x)s :name {0} $1",
        "=cmd|'/c calc'!A1",
        "\u202e1001",
        "1001\u200b",
        "\u0661\u0662",
        "a\u0301\U0001f4de",
        "\x1b[31m",
        "\udcff",
        "1" * 16,
        "9" * 400,
        "x" * 5000,
        "+0",
        "-1",
        "1e9",
        "0" * 15 + "-" + "9" * 15,
        "1002-1001",
        "sys..acme",
        "sys.nowhere",
        "a" * 600,
        "1999-02-30",
        "null",
    ]
)
SOUND = st.sampled_from(
    [
        "1001",
        "1002",
        "1003",
        "1001-1004",
        "+442079460100-+442079460109",
        "*55#",
        SITE,
        "sys.hcs",
        "bob",
        "3",
        "User",
        "Cisco",
        "description=x",
        "extra1=",
        "site",
        "customer",
        "GB",
        "2026-11-02",
        "audiocodes_cooling_duration",
        "number_inventory_cooling_enabled",
    ]
)
TEXTS = st.one_of(SOUND, SOUND, AWKWARD, st.text(max_size=30).filter(lambda some: "\0" not in some))
NUMBERS = st.one_of(st.integers(-5, 40), st.just(10**30), st.integers()).map(str)


@st.composite
def arguments(draw: st.DrawFn, path: tuple[str, ...]) -> list[str]:
    """A command, mostly with what it needs, and with some of what it takes."""
    found = list(path)
    for parameter in parameters(path):
        if parameter.name == "help" or not (parameter.required or draw(st.booleans())):
            continue
        value = draw(NUMBERS if parameter.type_descriptor.annotation is int else TEXTS)
        if parameter.param_type_name == "argument":
            found += (
                [value, draw(TEXTS)] if parameter.nargs < 0 and draw(st.booleans()) else [value]
            )
        elif getattr(parameter, "is_flag", False):
            found.append(parameter.opts[0])
        else:
            found += [parameter.opts[0], value]
    return found


@pytest.fixture
def inventory(database_url: str) -> None:
    """Numbers in every state at a node, for commands to be at."""
    with database.transaction() as db:
        connections.register(db, connections.load())
        a_node(db, SITE)
        a_number(db, "1001")
        a_used_number(db, "1002")
        a_cooling_number(db, "1003", until=NOON)
        a_number(db, "1004", status="Reserved")
        a_number(db, "*55#", status="Used", usage="User", vendor="Cisco", subscriber="ann")


@pytest.fixture
def state(inventory: None, database_url: str) -> Iterator[Connection]:
    """A connection on which each look sees what is committed by then."""
    engine = database.engine(database_url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        yield db
    engine.dispose()


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_whatever_is_typed_is_done_or_refused(path: tuple[str, ...], state: Connection) -> None:
    before = steps.state(state)

    @settings(
        max_examples=RUNS,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(arguments(path))
    def run(given_arguments: list[str]) -> None:
        nonlocal before
        result = CliRunner().invoke(app, given_arguments, input="1001\n")
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            given_arguments,
            result.exception,
        )
        assert result.exit_code in {0, 1, 2}
        after = steps.state(state)
        if result.exit_code == 0 or (path[0] in FINDINGS and result.exit_code == 1):
            before = after
            return
        assert result.stderr
        assert "Traceback" not in result.output
        if not ("--per-item" in given_arguments and result.exit_code == 1):
            assert after == before, given_arguments
        before = after

    run()


def test_every_command_is_fuzzed_or_has_tests_of_its_own() -> None:
    assert set(OPERATIONS) <= {path[0] for path in PATHS}
    assert {("hierarchy", "add"), ("user", "limit"), ("macro", "set")} <= set(PATHS)
    assert set(FINDINGS) <= {path[0] for path in PATHS}
