"""What is true while the soak runs: phones, where they are registered, and what lists say of it."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, text

from include.inventory import operations, schema, snapshots
from include.inventory.connections import ConnectionConfig
from include.inventory.events import Actor
from include.inventory.selections import Selection
from tests.fake_arm import frame
from tests.integration.factories import NOON, a_connection, a_node, a_user

ACME, LONDON, PARIS = "sys.hcs.acme", "sys.hcs.acme.london", "sys.hcs.acme.paris"
NODES = (ACME, LONDON, PARIS)
# A sees both sites; B and C one each, and phones of theirs that A has too.
CONNECTIONS = {"A": ACME, "B": LONDON, "C": PARIS}
SBCS = ("SBC-1", "SBC-2", "SBC-3")
DIGITS = [f"+44207946{index:04}" for index in range(600)]
PHONES = 90
FAULTS = ("empty", "dark", "two dark")

BESIDE = """
CREATE SCHEMA soak;
CREATE TABLE soak.phone (
    phone_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection text NOT NULL,
    number text COLLATE "C" NOT NULL,
    sbc text NOT NULL,
    hierarchy text COLLATE "C" NOT NULL,
    on_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    off_at timestamptz
);
CREATE UNIQUE INDEX ON soak.phone (connection, number) WHERE off_at IS NULL;
CREATE TABLE soak.listed (
    connection text NOT NULL,
    as_of timestamptz NOT NULL,
    phone_id bigint NOT NULL
);
CREATE INDEX ON soak.listed (phone_id);
ALTER TABLE numbers.number_event ADD COLUMN seen pg_snapshot DEFAULT pg_current_snapshot();
ALTER TABLE numbers.snapshot ADD COLUMN written_by xid8 DEFAULT pg_current_xact_id();
"""

CAPTURE = """
WITH heard AS (
    SELECT p.phone_id, p.number, p.sbc
    FROM soak.phone AS p
    WHERE
        p.connection = :connection
        AND p.sbc <> ALL(:dark)
        AND (p.off_at IS NULL OR (:stale AND p.off_at > clock_timestamp() - INTERVAL '2 seconds'))
),

listed AS (
    INSERT INTO soak.listed (connection, as_of, phone_id)
    SELECT :connection, :as_of, h.phone_id
    FROM heard AS h
)

SELECT DISTINCT h.number, h.sbc FROM heard AS h ORDER BY h.number
"""

COME = """
INSERT INTO soak.phone (connection, number, sbc, hierarchy)
SELECT :connection, n.number, n.sbc, :hierarchy
FROM unnest(CAST(:numbers AS text[]), CAST(:sbcs AS text[])) AS n (number, sbc)
ON CONFLICT DO NOTHING
"""

GO = """
UPDATE soak.phone AS p
SET off_at = clock_timestamp()
WHERE
    p.phone_id IN (
        SELECT q.phone_id
        FROM soak.phone AS q
        WHERE q.connection = :connection AND q.off_at IS NULL AND q.sbc = ANY(:sbcs)
        ORDER BY random()
        LIMIT :most
    )
"""


@dataclass(frozen=True)
class Captured:
    """A list that was read, and is landed: of which connection, and whether it is a fault."""

    snapshot: snapshots.Snapshot
    fault: bool


def prepare(db: Connection, random: Random) -> None:
    """An empty database becomes an inventory of two sites with phones, and the truth beside it."""
    schema.upgrade(db)
    for one in filter(str.strip, BESIDE.split(";")):
        db.execute(text(one))
    for node in NODES[1:]:
        a_node(db, node)
    for name, hierarchy in CONNECTIONS.items():
        a_connection(db, name, hierarchy=hierarchy)
        come(db, name, random, PHONES)
    # Of the others no row is there: the pipeline or people make it.
    for index, node in enumerate((LONDON, PARIS, ACME)):
        mine = [digits for n, digits in enumerate(DIGITS[:500]) if n % 3 == index]
        operations.add(db, Selection(mine, node, NOON, Actor("the start")))


def config(name: str) -> ConnectionConfig:
    """The connection of that name."""
    return ConnectionConfig(name=name, conn_id=name, hierarchy=CONNECTIONS[name])


def come(db: Connection, connection: str, random: Random, many: int) -> None:
    """Phones register at a connection."""
    numbers = random.sample(DIGITS, many)
    binds = {
        "connection": connection,
        "hierarchy": CONNECTIONS[connection],
        "numbers": numbers,
        "sbcs": [random.choice(SBCS) for _ in numbers],
    }
    db.execute(text(COME), binds)


def go(db: Connection, connection: str, most: int, sbcs: Sequence[str] = SBCS) -> None:
    """Phones of a connection are registered no more: some of those at some SBCs, at random."""
    db.execute(text(GO), {"connection": connection, "most": most, "sbcs": list(sbcs)})


def capture(
    db: Connection,
    connection: str,
    as_of: datetime,
    *,
    dark: Sequence[str] = (),
    stale: bool = False,
) -> snapshots.Snapshot:
    """A list of what is registered now, landed; without the SBCs that are dark.

    A stale one still has those that left a moment ago.
    """
    binds: dict[str, Any] = {"connection": connection, "as_of": as_of}
    rows = db.execute(text(CAPTURE), binds | {"dark": list(dark), "stale": stale}).all()
    # A phone that has moved to another SBC within the two seconds is at the new one.
    users = {row.number: a_user(row.number, nodeName=row.sbc) for row in rows}
    place = Path(tempfile.mkdtemp(prefix="soak-list-"))
    return snapshots.land(place, config(connection), as_of, [frame(list(users.values()))])


def are_gone(db: Connection, numbers: Sequence[str]) -> bool:
    """True where no phone is registered with any of the numbers."""
    found = "SELECT count(*) FROM soak.phone WHERE off_at IS NULL AND number = ANY(:numbers)"
    return not db.execute(text(found), {"numbers": list(numbers)}).scalar_one()
