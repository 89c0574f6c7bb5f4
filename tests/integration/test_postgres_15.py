"""Another PostgreSQL server than the embedded one: the same migrations, the same life cycle."""

import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url, text

from include.inventory import database, imports, plans, releases, schema
from include.inventory.events import Actor
from tests.integration.factories import NOON, SITE, a_connection, events, observed, row

VARIABLE = "NUMBER_TEST_POSTGRES"
ACTOR = Actor("terminal:ann")

pytestmark = pytest.mark.skipif(
    VARIABLE not in os.environ,
    reason=f"{VARIABLE} does not name a PostgreSQL server that may make databases",
)


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A transaction on a new, migrated database of that server."""
    address = make_url(os.environ[VARIABLE])
    name = f"number_inventory_{uuid.uuid4().hex}"
    maintenance = database.engine(address.render_as_string(hide_password=False))
    maintenance = maintenance.execution_options(isolation_level="AUTOCOMMIT")
    with maintenance.connect() as server:
        server.execute(text(f"CREATE DATABASE {name}"))
    try:
        inventory = address.set(database=name).render_as_string(hide_password=False)
        with database.transaction(inventory) as db:
            schema.upgrade(db)
            assert schema.upgrade(db)
            yield db
    finally:
        with maintenance.connect() as server:
            server.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        maintenance.dispose()


def test_a_number_lives_through_its_life_cycle_there(other: Connection, tmp_path: Path) -> None:
    config = a_connection(other)

    def day(number: int, *aors: str) -> dict[str, int]:
        observed(other, config, NOON + timedelta(days=number), aors)
        return plans.apply(other, plans.compute(other, "lab").plan, actor=ACTOR).changed

    file = tmp_path / "numbers.csv"
    file.write_text(
        "internal_number,hierarchy,description\n"
        f'+442079460123,{SITE},"desk\n\\.\n4"\n+442079460124,{SITE},\n+,{SITE},\n'
    )
    done = imports.import_file(other, file, actor=ACTOR, as_of=NOON, partial=True, make_nodes=True)
    assert (done.imported, [rejection.line for rejection in done.rejected]) == (2, [6])
    assert row(other)["description"] == "desk\n\\.\n4"
    both = "+442079460123", "+442079460124"
    assert day(1, *both) == {"claim": 2}
    assert day(2, both[1], "1001") == {"cool": 1, "create": 1}
    assert day(3, *both, "1001") == {"reactivate": 1}
    assert day(4, both[1], "1001") == {"cool": 1}
    day(6, both[1], "1001")
    freed = releases.release(other, as_of=NOON + timedelta(days=6), actor=ACTOR)
    assert (freed.released, row(other)["status"]) == (1, "Available")
    causes = [event["cause"] for event in events(other)]
    assert causes == ["import", "claim", "cool", "reactivate", "cool", "release"]
