"""Observing: laying a landed list into the timeline of who was online when.

Lists may arrive in any order and more than once; the timeline they end in is the same. A list
that is older than the newest one changes the past only, never what is online now.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from include.inventory import snapshots
from include.inventory.connections import identify
from include.inventory.errors import Refused
from include.inventory.snapshots import Snapshot
from include.inventory.statements import statement

if TYPE_CHECKING:
    import pyarrow as pa

STAGED = ["internal_number", "aor", "active", "nodeName", "ipGroup", "hierarchy", "userAgent"]
STAGE = "COPY numbers.stage_registration FROM STDIN (FORMAT csv)"


@dataclass(frozen=True)
class Observation:
    """What laying a list into the timeline changed. ``newest`` is False for a late list."""

    snapshot_id: int
    began: int
    ended: int
    newest: bool
    known: bool = False


def one_at_a_time(db: Connection) -> None:
    """Wait until no other step of the pipeline is at work; held until the transaction ends.

    Release reads what observe writes: this prevents it from freeing a number just listed again.
    A lock on a table, unlike an advisory one, is taken before the transaction's snapshot is.
    """
    db.execute(text("LOCK TABLE numbers.stage_registration IN EXCLUSIVE MODE"))


def observe(db: Connection, snapshot: Snapshot, path: str | Path | None = None) -> Observation:
    """Lay a landed list into the timeline, in the caller's transaction.

    Doing it again is a no-op; another list for the same instant raises Refused. ``path`` opens
    the list where its own path alone does not, such as on an object store.
    """
    one_at_a_time(db)
    connection_id = identify(db, snapshot.connection)
    instant = {"connection_id": connection_id, "as_of": snapshot.as_of}
    before = db.execute(statement("timeline/snapshot_at"), instant).one_or_none()
    newest = db.execute(statement("timeline/neighbour"), instant).scalar() is None
    if before is not None:
        if before.sha256 != snapshot.sha256:
            raise Refused(snapshots.another_list(snapshot.connection, snapshot.as_of))
        return Observation(int(before.snapshot_id), 0, 0, newest, known=True)
    stage(db, connection_id, snapshot, path or snapshot.path)
    began, ended = lay(db, connection_id, snapshot.as_of)
    db.execute(statement("timeline/unpurge"), instant)
    snapshot_id = record(
        db,
        connection_id,
        snapshot.as_of,
        path=snapshot.path,
        sha256=snapshot.sha256,
        registered_users=snapshot.registered_users,
        rejected=snapshot.rejected_total,
    )
    return Observation(snapshot_id, began, ended, newest)


def lay(db: Connection, connection_id: int, as_of: datetime) -> tuple[int, int]:
    """Lay the staged list into the timeline; return how many intervals began and ended."""
    instant = {"connection_id": connection_id, "as_of": as_of}
    following = db.execute(statement("timeline/neighbour"), instant).scalar()
    late = "" if following is None else "_late"
    instant["next_as_of"] = following
    db.execute(statement(f"timeline/delta{late}"), instant)
    db.execute(text("ANALYZE delta"))
    ended = db.execute(statement("timeline/end"), instant).rowcount
    if late:
        db.execute(statement("timeline/split"), instant)
        db.execute(statement("timeline/extend"), instant)
    began = db.execute(statement("timeline/begin"), instant).rowcount
    db.execute(text("DROP TABLE delta"))
    return began, ended


def record(
    db: Connection,
    connection_id: int,
    as_of: datetime,
    *,
    kind: str = "list",
    path: str = "",
    sha256: str = "",
    registered_users: int = 0,
    rejected: int = 0,
) -> int:
    """Record that the timeline knows a connection at an instant; return the snapshot's id."""
    instant = {"connection_id": connection_id, "as_of": as_of}
    counts = db.execute(statement("timeline/node_counts"), instant).scalar_one()
    fields = instant | {
        "kind": kind,
        "path": path,
        "sha256": sha256,
        "registered_users": registered_users,
        "rejected": rejected,
        "node_counts": json.dumps(counts),
    }
    return int(db.execute(statement("timeline/record_snapshot"), fields).scalar_one())


def stage(db: Connection, connection_id: int, snapshot: Snapshot, path: str | Path) -> None:
    """Fill the stage with the numbers of a landed list; AORs that are no number stay out."""
    db.execute(text("TRUNCATE numbers.stage_registration"))
    places = _places(db, connection_id, snapshot)
    with db.connection.driver_connection.cursor() as cursor, cursor.copy(STAGE) as copy:
        for batch in snapshots.batches(path, STAGED):
            copy.write(_csv(batch, places))
    db.execute(text("ANALYZE numbers.stage_registration"))


def _places(db: Connection, connection_id: int, snapshot: Snapshot) -> dict[str, int]:
    """The id of each place of a list, made where it is new."""
    places = {
        snapshots.SEPARATOR.join(place): db.execute(
            statement("timeline/place"),
            {"connection_id": connection_id}
            | dict(zip(("node", "ip_group", "hierarchy"), place, strict=True)),
        ).scalar_one()
        for place in snapshot.places
    }
    db.execute(text("ANALYZE numbers.place"))
    return places


def _csv(batch: "pa.RecordBatch", places: dict[str, int]) -> bytes:
    """The numbers of a batch as COPY reads them, a column at a time."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    numbers = pa.Table.from_batches([batch.filter(pc.is_valid(batch["internal_number"]))])
    keys = snapshots.place_keys(numbers).combine_chunks().dictionary_encode()
    ids = pa.array([places[key] for key in keys.dictionary.to_pylist()], pa.int32())
    columns = [numbers["internal_number"], ids.take(keys.indices)]
    columns += [numbers[name] for name in ("active", "aor", "userAgent")]
    sink = pa.BufferOutputStream()
    table = pa.table(columns, names=list("npaou"))
    csv.write_csv(table, sink, csv.WriteOptions(include_header=False))
    return sink.getvalue().to_pybytes()
