"""Observing: laying a landed list into the timeline of who was online when.

Lists may arrive in any order and more than once; the timeline they end in is the same. A list
that is older than the newest one changes the past only, never what is online now.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from include.inventory import plans, snapshots
from include.inventory.connections import identify
from include.inventory.database import driver, one_at_a_time
from include.inventory.errors import Refused
from include.inventory.snapshots import Snapshot
from include.inventory.statements import statement

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

STAGE = "COPY stage_registration FROM STDIN (FORMAT binary)"
ARRIVAL = "COPY arrival FROM STDIN (FORMAT csv)"
DETAILS = ["internal_number", "place", "active", "aor", "userAgent"]
# What the binary form of COPY begins and ends with, and the form of one row of the stage.
BEGIN, END = b"PGCOPY\n\xff\r\n\x00" + bytes(8), b"\xff\xff"
ROW = [("fields", ">i2"), ("size_1", ">i4"), ("key", "V16"), ("size_2", ">i4"), ("line", ">i4")]


@dataclass(frozen=True)
class Observation:
    """What laying a list into the timeline changed. ``newest`` is False for a late list.

    ``misread`` counts registrations that go on although the list has them as another number, or
    as none: their addresses are listed still.
    """

    snapshot_id: int
    began: int
    ended: int
    newest: bool
    known: bool = False
    misread: int = 0


def observe(db: Connection, snapshot: Snapshot, path: str | Path | None = None) -> Observation:
    """Lay a landed list into the timeline, in the caller's transaction.

    Doing it again is a no-op; another list for the same instant raises Refused. The list before
    it is judged first, where no plan has yet: what it lacked is absent only if it is trusted.
    ``path`` opens the list where its own path alone does not, such as on an object store.
    """
    one_at_a_time(db)
    plans.judge_new_lists(db, snapshot.connection)
    connection_id = identify(db, snapshot.connection)
    instant = {"connection_id": connection_id, "as_of": snapshot.as_of}
    before = db.execute(statement("timeline/snapshot_at"), instant).one_or_none()
    newest = db.execute(statement("timeline/neighbour"), instant).scalar() is None
    if before is not None:
        if before.sha256 != snapshot.sha256:
            raise Refused(snapshots.another_list(snapshot.connection, snapshot.as_of))
        return Observation(int(before.snapshot_id), 0, 0, newest, known=True)
    source = path or snapshot.path
    stage(db, source)
    arrivals = partial(_arrivals, db, connection_id, snapshot, source)
    spared: dict[str, bool] = {}
    began, ended = lay(
        db, connection_id, snapshot.as_of, arrivals, lambda: spared.update(_spare(db, source))
    )
    db.execute(statement("timeline/unpurge"), instant)
    snapshot_id = record(
        db,
        connection_id,
        snapshot.as_of,
        snapshot,
        elsewhere=[key for key, is_there in spared.items() if not is_there],
    )
    return Observation(snapshot_id, began, ended, newest, misread=len(spared))


def lay(
    db: Connection,
    connection_id: int,
    as_of: datetime,
    arrivals: Callable[[], None] | None = None,
    spare: Callable[[], None] | None = None,
) -> tuple[int, int]:
    """Lay the staged keys into the timeline; return how many intervals began and ended.

    ``arrivals`` fetches what is new into the table arrival; without it, nothing may be new.
    ``spare`` takes out of the table delta what is not to end.
    """
    instant = {"connection_id": connection_id, "as_of": as_of}
    following = db.execute(statement("timeline/neighbour"), instant).scalar()
    late = "" if following is None else "_late"
    instant["next_as_of"] = following
    db.execute(statement(f"timeline/delta{late}"), instant)
    db.execute(text("ANALYZE delta"))
    if spare is not None:
        spare()
    ended = db.execute(statement("timeline/end"), instant).rowcount
    if late:
        db.execute(statement("timeline/split"), instant)
        db.execute(statement("timeline/extend"), instant)
    db.execute(statement("timeline/arrival"))
    if arrivals is not None:
        arrivals()
    began = db.execute(statement("timeline/begin"), instant).rowcount
    db.execute(text("DROP TABLE delta, arrival, stage_registration"))
    return began, ended


def record(
    db: Connection,
    connection_id: int,
    as_of: datetime,
    snapshot: Snapshot | None = None,
    *,
    elsewhere: Sequence[str] = (),
) -> int:
    """Record that the timeline knows a connection at an instant; return the snapshot's id.

    By a landed list, or else by a purge. ``elsewhere`` are the keys of intervals that go on
    although their SBC node lists them no more.
    """
    instant = {"connection_id": connection_id, "as_of": as_of}
    counted = instant | {"elsewhere": list(elsewhere)}
    counts = db.execute(statement("timeline/node_counts"), counted).scalar_one()
    fields = instant | {
        "kind": "list" if snapshot else "purge",
        "path": snapshot.path if snapshot else "",
        "sha256": snapshot.sha256 if snapshot else "",
        "rules_sha256": snapshot.rules_sha256 if snapshot else "",
        "registered_users": snapshot.registered_users if snapshot else 0,
        "rejected": snapshot.rejected_total if snapshot else 0,
        "node_counts": json.dumps(counts),
    }
    return int(db.execute(statement("timeline/record_snapshot"), fields).scalar_one())


def stage(db: Connection, path: str | Path) -> None:
    """Fill the stage with the keys of a landed list; AORs that are no number stay out."""
    db.execute(statement("timeline/stage"))
    with (
        snapshots.opened(path) as parquet,
        driver(db).cursor() as cursor,
        cursor.copy(STAGE) as copy,
    ):
        copy.write(BEGIN)
        line = 0
        for group in range(parquet.num_row_groups):
            table = parquet.read_row_group(group, columns=["place", "key"])
            copy.write(_rows(table, line))
            line += table.num_rows
        copy.write(END)
    db.execute(text("ANALYZE stage_registration"))


def _rows(table: "pa.Table", first_line: int) -> bytes:
    """The keys of a row group, in the binary form of COPY."""
    import numpy as np

    keys = table["key"].combine_chunks()
    rows = np.empty(table.num_rows, dtype=ROW)
    rows["fields"], rows["size_1"], rows["size_2"] = 2, 16, 4
    rows["key"] = np.frombuffer(keys.buffers()[1], "V16")[keys.offset :][: len(keys)]
    rows["line"] = np.arange(first_line, first_line + table.num_rows)
    numbers = table["place"].is_valid().to_numpy()
    return bytes(rows[numbers].tobytes())


def _spare(db: Connection, path: str | Path) -> dict[str, bool]:
    """Let nobody end whose address is listed, but read as another number or as none.

    Rules and numbering plans change, devices do not: the number is in use all the same. Returns
    the keys of the intervals that go on, each with whether its SBC node still lists the address.
    """
    spared: dict[str, bool] = {}
    with snapshots.opened(path) as parquet:
        if not parquet.metadata.num_rows:
            return spared
        ending = db.execute(statement("timeline/ending"), execution_options={"yield_per": 50_000})
        for some in ending.partitions():
            readings = _readings(parquet, {row.aor for row in some})
            for row in some:
                listed = readings.get(row.aor, set())
                if listed and row.internal_number not in {number for number, _ in listed}:
                    spared[str(row.key)] = row.node in {node for _, node in listed}
    if spared:
        db.execute(statement("timeline/spare"), {"keys": list(spared)})
    return spared


def _readings(parquet: "pq.ParquetFile", aors: set[str]) -> dict[str, set[tuple[str | None, str]]]:
    """What those addresses of a landed list are read as, and at which SBC nodes; None is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(sorted(aors), pa.string())
    found = defaultdict[str, set[tuple[str | None, str]]](set)
    for group in range(parquet.num_row_groups):
        column = parquet.read_row_group(group, columns=["aor"])["aor"]
        listed = pc.is_in(column, value_set=wanted)
        if not pc.any(listed).as_py():
            continue
        rest = parquet.read_row_group(group, columns=["internal_number", "nodeName"])
        columns = (column, rest["internal_number"], rest["nodeName"])
        rows = zip(*(one.filter(listed).to_pylist() for one in columns), strict=True)
        for aor, number, node in rows:
            found[aor].add((number, node or ""))
    return found


def _arrivals(db: Connection, connection_id: int, snapshot: Snapshot, path: str | Path) -> None:
    """Fetch what is new in a landed list; of the rest, nothing travels but the keys."""
    places = _places(db, connection_id, snapshot)
    with snapshots.opened(path) as parquet:
        begin = 0
        for group in range(parquet.num_row_groups):
            end = begin + parquet.metadata.row_group(group).num_rows
            lines = db.execute(statement("timeline/new_lines"), {"begin": begin, "end": end})
            new = lines.scalars().all()
            if new:
                _copy_arrivals(
                    db, parquet.read_row_group(group, columns=DETAILS), new, begin, places
                )
            begin = end
    db.execute(text("ANALYZE arrival"))


def _copy_arrivals(
    db: Connection, table: "pa.Table", lines: Sequence[int], begin: int, places: list[int]
) -> None:
    import pyarrow as pa
    from pyarrow import csv

    new = pa.array(lines, pa.int32())
    rows = table.take(pa.array([line - begin for line in lines], pa.int32()))
    ids = pa.array(places, pa.int32()).take(rows["place"].combine_chunks())
    columns = [new, rows["internal_number"], ids, rows["active"], rows["aor"], rows["userAgent"]]
    sink = pa.BufferOutputStream()
    csv.write_csv(pa.table(columns, list("abcdef")), sink, csv.WriteOptions(include_header=False))
    with driver(db).cursor() as cursor, cursor.copy(ARRIVAL) as copy:
        copy.write(sink.getvalue().to_pybytes())


def _places(db: Connection, connection_id: int, snapshot: Snapshot) -> list[int]:
    """The ids of the places of a list, in its order; made where they are new."""
    binds = {
        "connection_id": connection_id,
        "nodes": [node for node, _, _ in snapshot.places],
        "ip_groups": [ip_group for _, ip_group, _ in snapshot.places],
        "hierarchies": [hierarchy for _, _, hierarchy in snapshot.places],
    }
    if db.execute(statement("timeline/place"), binds).rowcount:
        db.execute(text("ANALYZE numbers.place"))
    known = db.execute(statement("timeline/places"), binds)
    ids = {(row.node, row.ip_group, row.hierarchy): row.place_id for row in known}
    return [ids[node, ip_group, hierarchy] for node, ip_group, hierarchy in snapshot.places]
