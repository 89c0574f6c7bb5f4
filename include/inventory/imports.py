"""Importing numbers from a CSV file: what fits is imported, the rest is listed with its reason."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from include.inventory.connections import HIERARCHY
from include.inventory.database import one_at_a_time
from include.inventory.errors import BadInput, Interrupted
from include.inventory.events import Actor
from include.inventory.instants import instant
from include.inventory.statements import statement
from include.inventory.status import Status

REQUIRED = ("internal_number", "hierarchy")
FIELDS = (
    *REQUIRED,
    "status",
    "usage",
    "vendor",
    "tag",
    "release_date",
    "description",
    "e164_number",
    "reservation_notes",
)
EXTRA = re.compile(r"extra[1-9][0-9]*")
INTERNAL_NUMBER = re.compile(r"\+[1-9][0-9]{1,14}|[0-9*#]{1,15}")
STAGE = f"COPY import_row (line, {', '.join(FIELDS)}, extra) FROM STDIN"
STATUSES = frozenset(Status)
HELD = frozenset({Status.USED, Status.USED_UTILITY})
DATED = frozenset({Status.COOLING, Status.RESERVED})
BATCH = 10_000

Cells = list[str]
Fields = list[str | None]


@dataclass(frozen=True)
class Rejection:
    """A row that was not imported: the line that it begins on, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Imported:
    """How many numbers are new, how many were there as given, and what was rejected."""

    imported: int = 0
    existing: int = 0
    rejected: list[Rejection] = field(default_factory=list)


def import_csv(
    db: Connection,
    path: str | Path,
    *,
    actor: Actor,
    as_of: datetime | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Imported:
    """Import a CSV file in the caller's transaction; memory is bounded, rejections aside.

    Every good row is imported, whatever is wrong with the others; each new number has its event,
    at ``as_of`` (now, by default). ``progress`` is told of rows as they are read. Raises BadInput
    for a file that cannot be opened or is empty, Interrupted where the same numbers were added
    meanwhile.
    """
    moment = as_of or datetime.now(UTC)
    try:
        with Path(path).open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            return _import(db, _Rows(file), moment, actor, progress)
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); check the path") from error
    except EOFError as error:
        raise BadInput(f"{path} is empty; its first line must name the columns") from error
    except IntegrityError as error:
        raise Interrupted(
            f"Numbers of {path} were added meanwhile; nothing was imported: run it again"
        ) from error


def _import(
    db: Connection,
    rows: "_Rows",
    as_of: datetime,
    actor: Actor,
    progress: Callable[[int], None],
) -> Imported:
    try:
        header = _Header(rows.header())
    except _Fault as fault:
        return Imported(rejected=[Rejection(1, str(fault))])
    rejected: list[Rejection] = []
    db.execute(statement("numbers/import_stage"))
    _stage(db, _good(rows, header, rejected), progress)
    one_at_a_time(db)
    rejected += _known(db, header)
    rejected += _repeated(db)
    binds = {"as_of": as_of} | actor.binds()
    existing = db.execute(statement("numbers/import_existing")).rowcount
    imported = db.execute(statement("numbers/import"), binds).rowcount
    db.execute(text("DROP TABLE import_row"))
    return Imported(imported, existing, sorted(rejected, key=lambda rejection: rejection.line))


def _stage(
    db: Connection, rows: Iterator[tuple[Any, ...]], progress: Callable[[int], None]
) -> None:
    """Fill the stage."""
    driver: Any = db.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(STAGE) as copy:
        for count, row in enumerate(rows, 1):
            copy.write_row(row)
            if count % BATCH == 0:
                progress(BATCH)
    db.execute(text("ANALYZE import_row"))


def _good(rows: "_Rows", header: "_Header", rejected: list[Rejection]) -> Iterator[tuple[Any, ...]]:
    """The line number and fields of each row that is right in itself; the others are rejected."""
    for line, row in rows:
        try:
            if isinstance(row, _Fault):
                raise row
            fields, extra = header.fields(row)
            _check(fields)
        except _Fault as fault:
            rejected.append(Rejection(line, str(fault)))
        else:
            yield line, *fields, extra


def _known(db: Connection, header: "_Header") -> list[Rejection]:
    """Reject what the inventory has otherwise, at the same node or a related one.

    A column that the file does not have says nothing of the number.
    """
    binds = {"columns": header.names, "extras": header.extras}
    found = db.execute(statement("numbers/import_known"), binds)
    return [Rejection(row.line, row.reason) for row in found]


def _repeated(db: Connection) -> list[Rejection]:
    """Reject the digits of an earlier row at a related node."""
    options = {"yield_per": BATCH}
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
            yield Rejection(line, f"{number} is on line {first} already, at a related node")


def _upwards(hierarchy: str) -> list[str]:
    """A node and those above it."""
    labels = hierarchy.split(".")
    return [".".join(labels[:depth]) for depth in range(len(labels), 0, -1)]


class _Fault(Exception):
    """What is wrong with a row."""


class _Rows:
    """The rows of a file, each with the line that it begins on; blank lines are no rows.

    Where a quote is never closed, only the line that opens it is lost: what it swallowed is read
    again.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._again: list[str] = []
        self._taken: list[str] = []
        self._lines = 0
        self._width = 0
        self._reader = csv.reader(self._feed(), strict=True)

    def header(self) -> Cells:
        """The first row. Raises EOFError where there is none, and _Fault."""
        for _, row in self:
            if isinstance(row, _Fault):
                raise row
            self._width = len(row)
            return row
        raise EOFError

    def __iter__(self) -> Iterator[tuple[int, "Cells | _Fault"]]:
        while (row := self._next()) is not None:
            line = self._lines + 1
            self._lines += len(self._taken)
            self._taken.clear()
            if row:
                yield line, row

    def _next(self) -> "Cells | _Fault | None":
        try:
            row = next(self._reader)
        except StopIteration:
            return None
        except csv.Error:
            return self._give_up("has a quote that is not closed, or inside a value")
        if not _is_text(self._taken):
            return _Fault("is not UTF-8 text")
        if self._width and row and len(row) != self._width:
            return self._give_up(f"has {len(row)} columns instead of {self._width}")
        return row

    def _give_up(self, reason: str) -> "_Fault":
        """Lose the line that a row begins on, and read again what follows."""
        self._again += self._taken[:0:-1]
        del self._taken[1:]
        self._reader = csv.reader(self._feed(), strict=True)
        return _Fault(reason)

    def _feed(self) -> Iterator[str]:
        """The lines of the file, those that are to be read again before the others."""
        while line := self._again.pop() if self._again else self._file.readline():
            self._taken.append(line)
            yield line


def _is_text(lines: list[str]) -> bool:
    """True for lines that were UTF-8 and that PostgreSQL can keep."""
    whole = "".join(lines)
    return "\0" not in whole and (whole.isascii() or _is_unicode(whole))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Header:
    """Which column holds which field."""

    def __init__(self, names: Cells) -> None:
        self.names = [name.strip() for name in names]
        for name in self.names:
            if name not in FIELDS and not EXTRA.fullmatch(name):
                known = ", ".join((*FIELDS, "extra1", "extra2"))
                raise _Fault(f"there is no column {_shown(name)}; there are {known} and so on")
            if self.names.count(name) > 1:
                raise _Fault(f"the column {name} stands there twice")
        for name in REQUIRED:
            if name not in self.names:
                raise _Fault(f"the column {name} is missing")
        place = {name: index for index, name in enumerate(self.names)}
        # A field without a column is read from behind the last cell, where a blank is put.
        self._cells = [place.get(name, len(place)) for name in FIELDS]
        self.extras = [name for name in self.names if name not in FIELDS]
        self._extra = [(name, place[name]) for name in self.extras]

    def fields(self, row: Cells) -> tuple[Fields, str | None]:
        """The fields of a row in the order of FIELDS, and the extras as JSON; blank is None."""
        cells = [cell.strip() or None for cell in row]
        cells.append(None)
        extra = {name: cells[index] for name, index in self._extra if cells[index]}
        return [cells[index] for index in self._cells], json.dumps(extra) if extra else None


def _check(fields: Fields) -> None:
    """Complete the fields of a row in place, or raise what is wrong with it."""
    number, hierarchy, status, usage, vendor, tag, release_date = fields[:7]
    if not INTERNAL_NUMBER.fullmatch(number or ""):
        raise _Fault(
            f"internal_number {_shown(number)} is none: + and 2 to 15 digits, or 1 to 15 of 0-9*#"
        )
    if not _is_node(hierarchy or ""):
        raise _Fault(f"hierarchy {_shown(hierarchy)} is no node; write it as sys.hcs.acme.london")
    status = fields[2] = status or Status.AVAILABLE
    if status not in STATUSES:
        raise _Fault(f"status {_shown(status)} is none of {', '.join(Status)}")
    if (usage or vendor) and status not in HELD:
        raise _Fault(f"a number that is {status} has neither usage nor vendor")
    if tag and status == Status.AVAILABLE:
        raise _Fault(f"a number that is {status} has no tag")
    if release_date:
        fields[6] = _release_date(release_date, status)
    elif status == Status.COOLING:
        raise _Fault("a number that is Cooling has a release_date")


def _release_date(value: str, status: str) -> str:
    if status not in DATED:
        raise _Fault(f"a number that is {status} has no release_date")
    try:
        return instant(value).isoformat()
    except ValueError as error:
        raise _Fault(f"release_date {error}") from error


@lru_cache(maxsize=100_000)
def _is_node(hierarchy: str) -> bool:
    return re.fullmatch(HIERARCHY, hierarchy) is not None


def _shown(value: str | None) -> str:
    return ascii(value[:40]) if value else "(blank)"
