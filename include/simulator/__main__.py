"""`python -m include.simulator`: serve a population until Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import threading
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from include.simulator import dialect as dialects
from include.simulator import script as scripts
from include.simulator import story
from include.simulator.access import Authentication
from include.simulator.faults import Fault, known
from include.simulator.population import Population
from include.simulator.sbc import running_sbc
from include.simulator.script import Script
from include.simulator.server import NotStarted, Served, running

PASSWORD_VARIABLE = "NUMBER_SIMULATOR_PASSWORD"  # noqa: S105 - the name of one, not one
CERTIFICATES = Path(os.environ.get("NUMBER_INVENTORY_HOME", ".local")) / "simulator"


def main(  # noqa: PLR0913 - one parameter per option
    *,
    users: Annotated[int, typer.Option(help="How many users there are.")] = story.USERS,
    nodes: Annotated[int, typer.Option(help="Over how many SBCs.")] = 6,
    seed: Annotated[int, typer.Option(help="Another seed, other users.")] = 1,
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8443,
    script: Annotated[
        Path | None, typer.Option(help="A YAML file of who comes and goes when.")
    ] = None,
    story_of: Annotated[
        datetime | None,
        typer.Option(
            "--story",
            metavar="FIRST_DAY",
            formats=["%Y-%m-%d"],
            help="The story of a week from this day on, with its own nodes, seed and script.",
        ),
    ] = None,
    authentication: Annotated[Authentication, typer.Option()] = "basic",
    user: Annotated[str, typer.Option(help="The login.")] = "arm",
    certificates: Annotated[
        Path, typer.Option(help="Where the certificate is kept.")
    ] = CERTIFICATES,
    clock: Annotated[
        str | None, typer.Option(help="The time it is in the script, with its zone.")
    ] = None,
    fault: Annotated[
        str | None, typer.Option(help="What goes wrong: a name in include/simulator/faults.py.")
    ] = None,
    dialect: Annotated[
        Path | None, typer.Option(help="A YAML file of what the API calls things.")
    ] = None,
    latency: Annotated[float, typer.Option(help="Seconds that each answer takes to come.")] = 0.0,
    sbc: Annotated[
        str | None,
        typer.Option(metavar="NODE", help="Serve this node's own API instead, Basic only."),
    ] = None,
) -> None:
    """Serve an ARM-shaped HTTPS API with a made-up population, until Ctrl-C.

    The password is taken from NUMBER_SIMULATOR_PASSWORD, or drawn and shown.
    """
    try:
        population, told = _cast(Population(seed, users, nodes), script, story_of)
        common: dict[str, Any] = {
            "username": user,
            "password": os.environ.get(PASSWORD_VARIABLE),
            "port": port,
            "clock": _aware(clock) if clock else None,
            "certificates": certificates,
            "fault": Fault(known(fault)) if fault else None,
        }
        served: AbstractContextManager[Served]
        if sbc is None:
            spoken = dialects.load(dialect) if dialect else None
            common |= {"authentication": authentication, "dialect": spoken}
            served = running(population, told, **common)
        elif dialect:
            raise ValueError("an SBC has no dialect: leave --dialect or --sbc out")
        else:
            served = running_sbc(population, sbc, told, **common)
        with served as simulator:
            simulator.application.latency = latency
            typer.echo(described(simulator))
            _until_told_to_stop()
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    except (OSError, NotStarted) as error:
        typer.echo(f"Cannot serve on port {port}: {error}", err=True)
        raise typer.Exit(1) from error


def described(served: Served) -> str:
    """Return the one line that says where the simulator is and how to connect to it."""
    application = served.application
    connection = {
        "conn_type": f"audiocodes_{application.kind}",
        "host": served.host,
        "port": served.port,
        "login": served.username,
        "password": served.password,
        "extra": application.settings() | {"ca_file": str(served.certificate.resolve())},
    }
    return (
        f"{served.url} login {served.username} CA {served.certificate} "
        f"AIRFLOW_CONN_{application.kind.upper()}_SIMULATOR='{json.dumps(connection)}'"
    )


def _cast(
    population: Population, script: Path | None, story_of: datetime | None
) -> tuple[Population, Script]:
    if story_of and script:
        raise ValueError("--story brings its own script: leave --script out")
    if story_of:
        told = story.week(story.first_reading(story_of.date()), population.users)
        return story.population(population.users), told
    return population, scripts.load(script, population) if script else Script()


def _aware(clock: str) -> datetime:
    moment = datetime.fromisoformat(clock)
    if moment.tzinfo is None:
        raise ValueError(f"--clock {clock} has no zone: write {clock}Z for UTC")
    return moment


def _until_told_to_stop() -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()


if __name__ == "__main__":
    typer.run(main)
