"""Reading the files that numbers come in: CSV or Parquet, a batch of rows at a time.

A CSV file is read in blocks. Arrow takes a block at once where its quotes are as RFC 4180 has them;
any other block is read a row at a time, so that each mistake costs its own line and no other.
"""

import csv
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from include.inventory import spreadsheets
from include.inventory.errors import BadInput
from include.inventory.fields import DIGITS

BLOCK = 1 << 20
# A value that is longer than this is taken for a quote that is not closed.
LONGEST = 16 << 20
BATCH = 50_000
NEWLINE = re.compile(rb"\r\n?|\n")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
TEXT = pa.string()

Fault = tuple[int, str]


@dataclass(frozen=True)
class Batch:
    """Some rows: their lines, an Arrow array of strings per column; and what are no rows, and why.

    Blank is null. ``done`` is how far in the file they end, of ``total``.
    """

    lines: Any
    columns: dict[str, Any]
    done: int
    total: int
    faults: list[Fault] = field(default_factory=list)


class Sheet(Protocol):
    """A file of numbers: the names of its columns, and its rows."""

    names: list[str]

    def batches(self) -> Iterator[Batch]:
        """The rows, in their order."""


class HeaderFault(Exception):
    """What is wrong with the first line of a file."""


@contextmanager
def opened(path: str | Path) -> Iterator[Sheet]:
    """A file as its suffix says.

    Raises BadInput where it cannot be read, or is empty, and HeaderFault.
    """
    kinds = {".csv": _csv, ".parquet": _parquet}
    kind = kinds.get(Path(path).suffix.lower())
    if kind is None:
        raise BadInput(f"{path} is of no known kind; give a file that ends in .csv or .parquet")
    try:
        with Path(path).open("rb") as file:
            yield kind(path, file)
    except OSError as error:
        reason = error.strerror or error
        raise BadInput(f"{path} cannot be read ({reason}); check the path") from error


def _csv(path: str | Path, file: BinaryIO) -> Sheet:
    try:
        return _CsvSheet(file)
    except EOFError as error:
        raise BadInput(f"{path} is empty; its first line must name the columns") from error


def _parquet(path: str | Path, file: BinaryIO) -> Sheet:
    try:
        return _ParquetSheet(path, pq.ParquetFile(file))
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str | Path, error: Exception) -> BadInput:
    return BadInput(f"{path} cannot be read as Parquet ({str(error)[:200]}); write it again")


class _ParquetSheet:
    """The rows of a Parquet file; the first one is line 1."""

    def __init__(self, path: str | Path, file: Any) -> None:
        self.names = list(file.schema_arrow.names)
        self._path, self._file = path, file

    def batches(self) -> Iterator[Batch]:
        """The rows, in their order. Raises BadInput for a column that is no text."""
        for column in self._file.schema_arrow:
            if not _is_text(column.type) and not _is_time(column):
                raise BadInput(
                    f"{self._path} has {column.type} in the column {column.name}; write it as text:"
                    " what is no text loses the zeros and the + that a number begins with"
                )
        total, line = self._file.metadata.num_rows, 1
        try:
            for batch in self._file.iter_batches(batch_size=BATCH):
                lines = pa.array(np.arange(line, line + batch.num_rows, dtype=np.int32))
                line += batch.num_rows
                columns = {
                    name: _blank_is_null(column.cast(TEXT))
                    for name, column in zip(self.names, batch.columns, strict=True)
                }
                yield Batch(lines, columns, line - 1, total)
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(self._path, error) from error


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    tests = pa.types.is_string, pa.types.is_large_string, pa.types.is_null
    return any(test(kind) for test in tests)


def _is_time(column: Any) -> bool:
    tests = pa.types.is_timestamp, pa.types.is_date
    return column.name == "release_date" and any(test(column.type) for test in tests)


def _blank_is_null(column: Any) -> Any:
    blank = pc.equal(column, "")
    if not pc.any(blank).as_py():
        return column
    return pc.replace_with_mask(column, pc.fill_null(blank, False), pa.scalar(None, TEXT))


class _CsvSheet:
    """The rows of a CSV file, each with the line that it begins on; blank lines are no rows."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the first row. Raises EOFError where there is none, and HeaderFault."""
        self._total = os.fstat(file.fileno()).st_size
        self._lines = _Lines(file)
        self._line = 1
        self._width = 0
        self._seen: list[bytes] = []
        self._reader = _reader(self._taken())
        for _, row in self._rows():
            if isinstance(row, str):
                raise HeaderFault(row)
            self.names = [name.strip() for name in row]
            self._width = len(row)
            return
        raise EOFError

    def batches(self) -> Iterator[Batch]:
        """The rows, in their order."""
        while block := self._lines.block(BLOCK):
            shape = _Shape.of(block)
            while shape and not shape.block and len(block) < LONGEST:
                longer = self._lines.block(2 * len(block))
                if len(longer) <= len(block):
                    break
                block, shape = longer, _Shape.of(longer)
            rows = self._at_once(shape) if shape and shape.block else None
            yield self._one_by_one(block) if rows is None else rows

    def _at_once(self, shape: "_Shape") -> Batch | None:
        """The rows of a block, or None where they have to be looked at one by one."""
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(shape.block),
                arrow_csv.ReadOptions(
                    column_names=list(map(str, range(self._width))),
                    use_threads=False,
                    block_size=len(shape.block) + 1,
                ),
                arrow_csv.ParseOptions(newlines_in_values=True),
                arrow_csv.ConvertOptions(
                    column_types={str(index): TEXT for index in range(self._width)},
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != len(shape.lines):
            return None
        lines = pa.array(shape.lines + self._line)
        self._line += shape.newlines
        self._lines.skip(len(shape.block))
        return self._batch(lines, [column.combine_chunks() for column in table.columns])

    def _one_by_one(self, block: bytes) -> Batch:
        """The rows of a block, up to the end of the one that its last line is of."""
        end = self._lines.offset + len(block)
        lines, rows, faults = [], [], list[Fault]()
        for line, row in self._rows():
            if isinstance(row, str):
                faults.append((line, row))
            else:
                lines.append(line)
                rows.append(row)
            if self._lines.offset >= end:
                break
        cells = zip(*rows, strict=True) if rows else [()] * self._width
        columns = [_blank_is_null(pa.array(column, TEXT)) for column in cells]
        return self._batch(pa.array(lines, pa.int32()), columns, faults)

    def _batch(self, lines: Any, cells: list[Any], faults: list[Fault] | None = None) -> Batch:
        columns = {
            name: _blank_is_null(spreadsheets.contents(column, always=name in DIGITS))
            for name, column in zip(self.names, cells, strict=True)
        }
        return Batch(lines, columns, self._lines.offset, self._total, faults or [])

    def _rows(self) -> Iterator[tuple[int, "list[str] | str"]]:
        """The line and cells of each row, or what is wrong with it.

        Where a quote is never closed, only the line that opens it is lost: what it swallowed is
        read again.
        """
        while (row := self._next()) is not None:
            line = self._line
            self._line += len(self._seen)
            self._seen.clear()
            if row:
                yield line, row

    def _next(self) -> "list[str] | str | None":
        try:
            row = next(self._reader)
        except StopIteration:
            return None
        except csv.Error as error:
            if "limit" in str(error):
                return self._give_up(f"has a value of more than {csv.field_size_limit():,} letters")
            return self._give_up("has a quote that is not closed, or inside a value")
        if not _is_unicode("".join(row)):
            return "is not UTF-8 text; save the file as CSV in UTF-8"
        if self._width and row and len(row) != self._width:
            return self._give_up(f"has {len(row)} columns instead of {self._width}")
        return row

    def _give_up(self, reason: str) -> str:
        """Lose the line that a row begins on, and read again what follows."""
        self._lines.unread(b"".join(self._seen[1:]))
        del self._seen[1:]
        self._reader = _reader(self._taken())
        return reason

    def _taken(self) -> Iterator[str]:
        while line := self._lines.line():
            self._seen.append(line)
            yield line.decode(errors="surrogateescape")


def _reader(lines: Iterator[str]) -> Iterator[list[str]]:
    return csv.reader(lines, strict=True)


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True)
class _Shape:
    """The whole rows of a block, and where they begin: their lines, the first of which is 0."""

    block: bytes
    lines: Any
    newlines: int

    @classmethod
    def of(cls, block: bytes) -> "_Shape | None":
        """The rows that are whole in a block, or None where its quotes or line ends are odd."""
        if b"\0" in block:
            return None
        letters = np.frombuffer(block, np.uint8)
        newlines = np.flatnonzero(letters == 10)
        returns = np.flatnonzero(letters == 13)
        if len(returns) and not np.isin(returns + 1, newlines).all():
            return None
        ends = newlines
        quotes = np.flatnonzero(letters == 34)
        if len(quotes):
            if not _are_regular(letters, quotes):
                return None
            ends = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
        if not len(ends):
            return cls(b"", ends, 0)
        begins = np.concatenate(([0], ends[:-1] + 1))
        lengths = ends - begins
        blank = (lengths == 0) | ((lengths == 1) & (letters[begins] == 13))
        cut = int(ends[-1]) + 1
        lines = np.searchsorted(newlines, begins[~blank]).astype(np.int32)
        return cls(block[:cut], lines, int(np.searchsorted(newlines, cut)))


def _are_regular(letters: Any, quotes: Any) -> bool:
    """True where every quote opens a value, closes it, or is half of a doubled one.

    In turn, they open and close: a doubled one closes, and opens again at once.
    """
    edges = np.frombuffer(b',\n\r"', np.uint8)
    opening, closing = quotes[::2], quotes[1::2]
    before = letters[opening[opening > 0] - 1]
    after = letters[closing[closing < len(letters) - 1] + 1]
    return bool(np.isin(before, edges).all() and np.isin(after, edges).all())


class _Lines:
    """The lines of a file, or many at a time; what was read too much can be put back."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._held = b""
        self._at = 0
        self._read = 0
        self._more()
        if self._held.startswith(BYTE_ORDER_MARK):
            self._at = len(BYTE_ORDER_MARK)

    @property
    def offset(self) -> int:
        """How many bytes of the file are behind."""
        return self._read - len(self._held) + self._at

    def line(self) -> bytes:
        """The next line with its end, as an editor counts lines; nothing at the end."""
        while True:
            found = NEWLINE.search(self._held, self._at)
            # A carriage return at the end of what is held may be half of a line end.
            if found and (found.end() < len(self._held) or found[0] != b"\r" or not self._more()):
                return self._take(found.end())
            if not found and not self._more():
                return self._take(len(self._held))

    def block(self, least: int) -> bytes:
        """So many bytes or more, up to the end of a line; they are still to be read."""
        while True:
            rest = len(self._held) - self._at
            if rest < least and self._more():
                continue
            end = self._held.rfind(b"\n", self._at) + 1
            if end or rest >= LONGEST or not self._more():
                return self._held[self._at : end or len(self._held)]

    def skip(self, size: int) -> None:
        """Leave some bytes behind."""
        self._at += size

    def unread(self, lines: bytes) -> None:
        """Put back what was read last."""
        self._held = lines + self._held[self._at :]
        self._at = 0

    def _take(self, end: int) -> bytes:
        line = self._held[self._at : end]
        self._at = end
        return line

    def _more(self) -> bool:
        more = self._file.read(max(BLOCK, len(self._held) - self._at))
        self._held = self._held[self._at :] + more
        self._read += len(more)
        self._at = 0
        return bool(more)
