"""`python -m include.simulator`: serve a population until Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import threading
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from include.simulator import story
from include.simulator.access import Authentication
from include.simulator.population import Population
from include.simulator.script import Script, ScriptInvalid, load
from include.simulator.server import NotStarted, Simulator, running

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
) -> None:
    """Serve an ARM-shaped HTTPS API with a made-up population, until Ctrl-C.

    The password is taken from NUMBER_SIMULATOR_PASSWORD, or drawn and shown.
    """
    try:
        population, told = _cast(Population(seed, users, nodes), script, story_of)
        served = running(
            population,
            told,
            authentication=authentication,
            username=user,
            password=os.environ.get(PASSWORD_VARIABLE),
            port=port,
            clock=_aware(clock) if clock else None,
            certificates=certificates,
        )
        with served as simulator:
            typer.echo(described(simulator))
            _until_told_to_stop()
    except (ScriptInvalid, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
    except (OSError, NotStarted) as error:
        typer.echo(f"Cannot serve on port {port}: {error}", err=True)
        raise typer.Exit(1) from error


def described(simulator: Simulator) -> str:
    """Return the one line that says where the simulator is and how to connect to it."""
    connection = {
        "conn_type": "audiocodes_arm",
        "host": simulator.host,
        "port": simulator.port,
        "login": simulator.username,
        "password": simulator.password,
        "extra": {
            "authentication": simulator.application.access.authentication,
            "paging": "offset",
            "ca_file": str(simulator.certificate.resolve()),
        },
    }
    return (
        f"{simulator.url} login {simulator.username} CA {simulator.certificate} "
        f"AIRFLOW_CONN_ARM_SIMULATOR='{json.dumps(connection)}'"
    )


def _cast(
    population: Population, script: Path | None, story_of: datetime | None
) -> tuple[Population, Script]:
    if story_of and script:
        raise ValueError("--story brings its own script: leave --script out")
    if story_of:
        told = story.week(story.first_reading(story_of.date()), population.users)
        return story.population(population.users), told
    return population, load(script, population) if script else Script()


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
