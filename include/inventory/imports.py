"""Importing numbers from a file, CSV or Parquet: all of it, or a list of what is wrong in it."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from include.inventory import fields, hierarchies, sheets
from include.inventory.ahead import ahead
from include.inventory.database import driver, one_at_a_time
from include.inventory.errors import Interrupted
from include.inventory.events import Actor
from include.inventory.fields import FIELDS, INTERNAL_NUMBER, REQUIRED
from include.inventory.statements import statement
from include.inventory.status import Status

__all__ = ["FIELDS", "INTERNAL_NUMBER", "REQUIRED", "Imported", "Rejection", "import_file"]

STAGE = f"COPY import_row (line, {', '.join(FIELDS)}, extra) FROM STDIN (FORMAT csv)"
CHUNK = 10_000

# Told of each step: its name, how much of it is done, and of how much; 0 where that is unknown.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Rejection:
    """What is wrong with a row: the line that it begins on, the column (None: the row), and why."""

    line: int
    column: str | None
    reason: str


@dataclass(frozen=True)
class Imported:
    """How many numbers are new, how many were there as given, what was rejected, nodes made.

    After a dry run, what an import would do.
    """

    imported: int = 0
    existing: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)
    dry_run: bool = False


@dataclass(frozen=True)
class _Wish:
    """How a file is to be imported."""

    actor: Actor
    as_of: datetime
    partial: bool
    dry_run: bool
    make_nodes: bool
    progress: Progress


def import_file(
    db: Connection,
    path: str | Path,
    *,
    actor: Actor,
    as_of: datetime | None = None,
    partial: bool = False,
    dry_run: bool = False,
    make_nodes: bool = False,
    progress: Progress = lambda *_: None,
) -> Imported:
    """Import a file in the caller's transaction; memory is bounded, rejections and nodes aside.

    The whole file is checked first, against the rules and the inventory. Where a row is rejected,
    nothing is imported, or with ``partial`` the other rows; after ``dry_run`` nothing at all. Nodes
    that are missing are made only with ``make_nodes``. Each new number has its event, at ``as_of``
    (now, by default). Raises BadInput for a file that cannot be read or is empty, Interrupted where
    the same numbers were added meanwhile.
    """
    moment = as_of or datetime.now(UTC)
    wish = _Wish(actor, moment, partial, dry_run, make_nodes, progress)
    try:
        with sheets.opened(path) as sheet:
            return _import(db, sheet, wish)
    except sheets.HeaderFault as fault:
        return Imported(rejected=[Rejection(1, None, str(fault))], dry_run=dry_run)
    except IntegrityError as error:
        raise Interrupted(
            f"Numbers of {path} were added meanwhile; nothing was imported: run it again"
        ) from error


def _import(db: Connection, sheet: sheets.Sheet, wish: _Wish) -> Imported:
    if fault := fields.header_fault(sheet.names):
        return Imported(rejected=[Rejection(1, *fault)], dry_run=wish.dry_run)
    db.execute(statement("numbers/import_stage"))
    rejected, ascending = _stage(db, sheet, wish.progress)
    if not wish.dry_run:
        one_at_a_time(db)
    wish.progress("checking", 0, 0)
    rejected += _misplaced(db, wish)
    rejected += _known(db, sheet.names)
    rejected += [] if ascending else _repeated(db)
    existing = db.execute(statement("numbers/import_existing")).rowcount
    imported, nodes = 0, list[str]()
    if wish.partial or not rejected:
        wish.progress("adding", 0, 0)
        imported, nodes = _add(db, wish)
    db.execute(text("DROP TABLE import_row"))
    rejected.sort(key=lambda rejection: rejection.line)
    return Imported(imported, existing, rejected, nodes, wish.dry_run)


def _add(db: Connection, wish: _Wish) -> tuple[int, list[str]]:
    """Add what is on the stage, or find out what would be: how many numbers, and which nodes."""
    nodes = list(db.execute(statement("numbers/import_nodes")).scalars()) if wish.make_nodes else []
    if wish.dry_run:
        return db.execute(statement("numbers/import_count")).scalar_one(), nodes
    binds = {"as_of": wish.as_of} | wish.actor.binds()
    imported = db.execute(statement("numbers/import"), binds).rowcount
    db.execute(statement("numbers/import_events"), binds)
    return imported, nodes


def _stage(db: Connection, sheet: sheets.Sheet, progress: Progress) -> tuple[list[Rejection], bool]:
    """Fill the stage with the rows that are right in themselves; the others are rejected.

    True where the numbers of the file only ever rise: then none of them is repeated.
    """
    rejected, last, ascending = list[Rejection](), "", True
    made = (_Staged.of(batch, sheet.names) for batch in sheet.batches())
    with driver(db).cursor() as cursor, cursor.copy(STAGE) as copy, ahead(made) as batches:
        for batch in batches:
            copy.write(batch.rows)
            rejected += batch.rejected
            ascending = ascending and batch.ascending and (not batch.first or last < batch.first)
            last = batch.last or last
            progress("reading", batch.done, batch.total)
    db.execute(text("ANALYZE import_row (internal_number, hierarchy)"))
    return rejected, ascending


@dataclass(frozen=True)
class _Staged:
    """A batch of rows as COPY takes them, what was rejected of it, and the order of its numbers."""

    rows: bytes
    rejected: list[Rejection]
    first: str
    last: str
    ascending: bool
    done: int
    total: int

    @classmethod
    def of(cls, batch: sheets.Batch, names: list[str]) -> "_Staged":
        blank = pa.nulls(len(batch.lines), sheets.TEXT)
        columns = dict.fromkeys(FIELDS, blank) | batch.columns
        right = fields.sound(columns)
        table = pa.table({"line": batch.lines} | columns)
        rejected = [Rejection(line, None, reason) for line, reason in batch.faults]
        if not pc.all(right).as_py():
            rejected += _faults(table.filter(pc.invert(right)))
            table = table.filter(right)
        table = table.combine_chunks()
        numbers = table["internal_number"]
        return cls(
            _copied(table, names),
            rejected,
            first=numbers[0].as_py() if len(numbers) else "",
            last=numbers[-1].as_py() if len(numbers) else "",
            ascending=bool(pc.all(pc.less(numbers[:-1], numbers[1:])).as_py()),
            done=batch.done,
            total=batch.total,
        )


def _faults(table: Any) -> Iterator[Rejection]:
    """What is wrong with each row. A row that is right after all is a mistake of ours."""
    for row in table.to_pylist():
        line = row.pop("line")
        fault = fields.fault(row)
        if fault is None:
            raise RuntimeError(f"Line {line} was rejected without a reason")
        yield Rejection(line, *fault)


def _copied(table: Any, names: list[str]) -> bytes:
    """The rows of a table in the form of COPY."""
    columns = {name: table[name] for name in ("line", *FIELDS)}
    columns["status"] = columns["status"].fill_null(str(Status.AVAILABLE))
    columns["release_date"] = _mapped(columns["release_date"], fields.moment)
    columns["extra"] = _extra(table, [name for name in names if name not in FIELDS])
    sink = pa.BufferOutputStream()
    csv.write_csv(pa.table(columns), sink, csv.WriteOptions(include_header=False))
    return bytes(sink.getvalue().to_pybytes())


def _extra(table: Any, names: list[str]) -> Any:
    """The extras of each row as JSON; null where there are none."""
    if not names:
        return pa.nulls(table.num_rows, pa.string())
    pairs = [
        pc.binary_join_element_wise(f', "{name}": ', _mapped(table[name], json.dumps), "")
        for name in names
    ]
    joined = pc.binary_join_element_wise(*(pair.fill_null("") for pair in pairs), "")
    filled = pc.binary_join_element_wise("{", pc.utf8_slice_codeunits(joined, 2), "}", "")
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), filled)


def _mapped(column: Any, change: Callable[[str], str | None]) -> Any:
    """A column with each of its values changed, once each."""
    encoded = column.combine_chunks().dictionary_encode()
    values = pa.array([change(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return values.take(encoded.indices)


def _misplaced(db: Connection, wish: _Wish) -> list[Rejection]:
    """Reject what is at a node that the inventory does not have, and that cannot be made."""
    if wish.make_nodes and not wish.dry_run:
        hierarchies.one_at_a_time(db)
    found = db.execute(statement("numbers/import_misplaced"), {"make_nodes": wish.make_nodes})
    return [
        Rejection(
            row.line,
            "hierarchy",
            f"there is no node {row.hierarchy}, and nothing can be below the site {row.site}"
            if row.site
            else f"there is no node {row.hierarchy}; make it, or import with --make-nodes",
        )
        for row in found
    ]


def _known(db: Connection, names: list[str]) -> list[Rejection]:
    """Reject what the inventory has otherwise, at the same node or a related one.

    A column that the file does not have says nothing of the number.
    """
    extras = [name for name in names if name not in FIELDS]
    found = db.execute(statement("numbers/import_known"), {"columns": names, "extras": extras})
    return [Rejection(row.line, row.name, row.reason) for row in found]


def _repeated(db: Connection) -> list[Rejection]:
    """Reject the digits of an earlier row at a related node."""
    options = {"yield_per": CHUNK}
    with db.execute(statement("numbers/import_repeated"), execution_options=options) as rows:
        rejected = list(_repetitions(rows))
    lines = [rejection.line for rejection in rejected]
    db.execute(statement("numbers/import_remove"), {"lines": lines})
    return rejected


def _repetitions(rows: Iterable[Any]) -> Iterator[Rejection]:
    """The rows whose digits an earlier one has at the same node, above or below.

    Rows are number, hierarchy and line, by number and line.
    """
    current = None
    for number, hierarchy, line in rows:
        if number != current:
            current, at, below = number, dict[str, int](), dict[str, int]()
        path = _upwards(hierarchy)
        first = below.get(hierarchy) or next((at[node] for node in path if node in at), None)
        if first is None:
            at[hierarchy] = line
            for node in path:
                below.setdefault(node, line)
        else:
            reason = f"{number} is on line {first} already, at that node, above it or below it"
            yield Rejection(line, "internal_number", reason)


def _upwards(hierarchy: str) -> list[str]:
    """A node and those above it."""
    labels = hierarchy.split(".")
    return [".".join(labels[:depth]) for depth in range(len(labels), 0, -1)]
