"""What a test starts from, named by its state."""

import json
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, column, insert, table, text

from include.inventory import (
    database,
    decisions,
    hierarchies,
    macros,
    plans,
    purges,
    snapshots,
    timeline,
)
from include.inventory.connections import ConnectionConfig
from include.inventory.errors import InventoryError
from include.inventory.events import Actor
from include.inventory.macros import InForce
from include.inventory.selections import Selection
from include.inventory.statements import statement
from tests.fake_arm import frame

SITE = "sys.hcs.acme.london"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def a_number(
    db: Connection,
    internal_number: str = "+442079460123",
    *,
    hierarchy: str = SITE,
    status: str = "Available",
    extra: Mapping[str, str] | None = None,
    **fields: Any,
) -> int:
    """A row of the inventory, without an event; its id."""
    row = {"internal_number": internal_number, "hierarchy": hierarchy, "status": status} | fields
    if extra is not None:
        row["extra"] = json.dumps(extra)
    number_id = column("number_id")
    numbers = table("number", number_id, *map(column, row), schema="numbers")
    return int(db.execute(insert(numbers).values(row).returning(number_id)).scalar_one())


def a_node(db: Connection, hierarchy: str = SITE, kind: str = "intermediate") -> None:
    """A hierarchy node, and those above it."""
    hierarchies.add(db, hierarchy, kind=kind, actor=Actor("the tests"))


def chosen(*numbers: str, hierarchy: str | None = None, **options: Any) -> Selection:
    """Numbers that Ada asks for at noon; with a name from the fields of a selection, otherwise."""
    given = {"as_of": NOON, "actor": Actor("Ada")} | options
    return Selection(numbers, hierarchy, **given)


def a_macro(db: Connection, name: str, value: Any, *, hierarchy: str, **more: Any) -> InForce:
    """A value of a macro at a node, which is made where it is missing."""
    with suppress(InventoryError):
        a_node(db, hierarchy)
    return macros.set_value(db, name, value, hierarchy=hierarchy, **more)


def a_used_number(db: Connection, internal_number: str = "+442079460123", **fields: Any) -> int:
    """A number that an AudioCodes device holds."""
    triple = {"status": "Used", "usage": "Device", "vendor": "AudioCodes"}
    return a_number(db, internal_number, **(triple | fields))


def a_cooling_number(
    db: Connection, internal_number: str = "+442079460123", *, until: datetime, **fields: Any
) -> int:
    """A number that nothing holds, ageing until an instant."""
    cooling = {"status": "Cooling", "release_date": until, "tag": "Cooling for 2 days"}
    return a_number(db, internal_number, **(cooling | fields))


def a_connection(
    db: Connection, name: str = "lab", *, hierarchy: str = "sys.hcs.acme", **fields: Any
) -> ConnectionConfig:
    """A configured connection, which the database knows."""
    config = ConnectionConfig(name=name, conn_id=name, hierarchy=hierarchy, **fields)
    binds = {"name": name, "hierarchy": hierarchy, "guard": json.dumps(config.guard)}
    db.execute(statement("timeline/register_connection"), binds)
    return config


def a_user(aor: str, **fields: Any) -> dict[str, Any]:
    """A registered user, in the form that an ARM answers."""
    return {"aor": aor, "nodeName": "SBC-1", "ipGroup": "Users", "active": True} | fields


def landed(
    config: ConnectionConfig,
    as_of: datetime,
    users: Iterable[str | Mapping[str, Any]],
    *,
    storage: Path | None = None,
) -> snapshots.Snapshot:
    """A landed list of users, each an AOR or a record; in a folder of its own by default."""
    rows = [a_user(user) if isinstance(user, str) else user for user in users]
    place = storage or Path(tempfile.mkdtemp(dir=database.home()))
    return snapshots.land(place, config, as_of, [frame(rows)])


def observed(
    db: Connection,
    config: ConnectionConfig,
    as_of: datetime,
    users: Iterable[str | Mapping[str, Any]],
) -> timeline.Observation:
    """A list of users, laid into the timeline."""
    return timeline.observe(db, landed(config, as_of, users))


def purged(db: Connection, name: str, as_of: datetime, actor: Actor) -> plans.Applied:
    """A connection whose purge a person has proposed and approved."""
    proposed = purges.propose(db, name, as_of=as_of)
    return decisions.approve(db, proposed.plan, reason="it is gone", as_of=as_of, actor=actor)


def row(db: Connection, internal_number: str = "+442079460123") -> dict[str, Any]:
    """The one row that the inventory has of a number."""
    found = text("SELECT * FROM numbers.number WHERE internal_number = :number")
    return dict(db.execute(found, {"number": internal_number}).mappings().one())


def events(db: Connection, internal_number: str = "+442079460123") -> list[dict[str, Any]]:
    """Every event of a number, oldest first."""
    found = text(
        "SELECT * FROM numbers.number_event WHERE internal_number = :number ORDER BY event_id"
    )
    return [dict(event) for event in db.execute(found, {"number": internal_number}).mappings()]
