"""The server is killed with all its processes: what was committed is there when it runs again."""

import os
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import text

from include.inventory import database, schema
from include.inventory.errors import DatabaseUnavailable
from tests.integration import victims
from tests.integration.steps import STEPS, Place, State, step_dies

# When the server dies in a step, in the order in which the step comes to it.
MOMENTS = {
    "observe": ["a block of a COPY", "End the intervals", "Record that a list", "a COMMIT"],
    "apply": ["Add the numbers", "Make the wanted changes", "Close a plan", "a COMMIT"],
}


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """The folder of an embedded server that others may kill."""
    folder = Path(tempfile.mkdtemp(dir=database.home()))
    victims.done(start, folder)
    yield folder
    kill_server(folder)


@pytest.fixture
def place(home: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A database of the step's name on that server."""
    name = request.getfixturevalue("step")
    victims.done(start, home, name)
    address = (home / name).read_text(encoding="utf-8")
    engine = database.engine(address)
    yield Place(engine, address, tmp_path)
    engine.dispose()


def start(home: Path, name: str = database.DATABASE) -> None:
    """Start the embedded server where it does not run, as any process does; keep its address."""
    os.environ["NUMBER_INVENTORY_HOME"] = str(home)
    (home / name).write_text(database.embedded_url(name), encoding="utf-8")


def kill_server(home: Path) -> None:
    """End every process of the server at once: none outlives another, none gets to tidy up."""
    pid = (home / "postgres" / "postmaster.pid").read_text(encoding="utf-8").split()[0]
    postmaster = psutil.Process(int(pid))
    postmaster.suspend()
    everybody = [postmaster, *postmaster.children()]
    for process in everybody:
        process.suspend()
    for process in everybody:
        process.kill()
    _, alive = psutil.wait_procs(everybody, timeout=10)
    assert not alive


def server_dies(tell: Pipe, moment: str, home: Path, step: str, place: tuple[str, Path]) -> None:
    """Run a step, and kill the server once the step is there; tell what the step makes of it."""
    dead: list[str] = []

    def boundary(where: str) -> None:
        if moment in where and not dead:
            kill_server(home)
            dead.append(where)

    try:
        step_dies(boundary, step, *place)
    except (DatabaseUnavailable, psycopg.OperationalError) as error:
        tell.send((dead, type(error).__name__))
    else:
        tell.send((dead, "done"))


def killed(moment: str, home: Path, step: str, place: Place) -> str:
    """Kill the server in a step, and start it again; what the step ended with."""
    place.engine.dispose()
    told, tell = victims.FORKS.Pipe(duplex=False)
    victims.done(server_dies, tell, moment, home, step, (place.address, place.storage))
    dead, end = told.recv()
    told.close()
    tell.close()
    assert dead, f"The step never came to {moment}"
    victims.done(start, home, step)
    return str(end)


def logged(rows: State) -> State:
    """All but what the stage holds: it is not logged, and empty once the server has died."""
    return [row for row in rows if row[0] != "stage_registration"]


@pytest.mark.parametrize("step", MOMENTS)
def test_a_server_that_is_killed_in_a_step_has_all_or_nothing_of_it(
    home: Path, place: Place, step: str
) -> None:
    """Each run is the retry of the one before it; the last one is done as the server dies."""
    with database.begun(place.engine) as db:
        schema.upgrade(db)
    with database.begun(place.engine) as db:
        STEPS[step].prepare(db, place.storage)
    before, counters = logged(place.state()), place.counters()
    after = logged(place.tried(STEPS[step]))
    assert logged(place.state(written=False)) != after
    with database.begun(place.engine) as db:
        db.execute(text("CHECKPOINT"))  # or a TRUNCATE just taken back would prevent the next start
    for moment in MOMENTS[step]:
        assert killed(moment, home, step, place) != "done"
        assert logged(place.state()) == before, moment
        place.count_from(counters)
    assert killed("the end", home, step, place) == "done"
    assert logged(place.state(written=False)) == after
