"""Exporting numbers to a file, CSV or Parquet, from which they can be imported again as they were.

A CSV file can be opened in a spreadsheet without harm: see ``spreadsheets``.
"""

import os
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from adbc_driver_postgresql import StatementOptions
from adbc_driver_postgresql import dbapi as adbc
from psycopg import ClientCursor
from psycopg.conninfo import make_conninfo
from pyarrow import csv, json
from sqlalchemy import Connection, text

from include.inventory import hierarchies, spreadsheets
from include.inventory.ahead import ahead
from include.inventory.database import driver
from include.inventory.errors import BadInput, DatabaseUnavailable, Interrupted
from include.inventory.fields import DIGITS, FIELDS
from include.inventory.statements import statement

BLOCK = 4 << 20
TEXT = pa.string()
# What always begins with a digit or a +.
GUARDED = DIGITS | {"release_date"}
# Columns that have few values, for a dictionary each.
REPEATED = ["hierarchy", "status", "usage", "vendor"]
TIME = pa.timestamp("us", "UTC")

Form = Literal["csv", "parquet"]
# Told how many numbers are written, and how many there are.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Exported:
    """How many numbers were written, and the columns."""

    exported: int
    columns: list[str]


def export(
    db: Connection,
    target: str | Path | BinaryIO,
    *,
    form: Form = "csv",
    hierarchy: str | None = None,
    status: str | None = None,
    progress: Progress = lambda *_: None,
) -> Exported:
    """Write the numbers of a status, at or below a node, in their order; memory does not grow.

    A path names the whole file or, after an error, what was there before. The extras that occur
    each have a column. What the transaction itself changed is not in it. Its isolation should be
    REPEATABLE READ, so that the file is of one instant. Raises BadInput where the file cannot be
    written, Unknown for a node that there is not, Interrupted where a column was added meanwhile,
    DatabaseUnavailable where the server stops answering.
    """
    if hierarchy is not None:
        hierarchies.find(db, hierarchy)
    binds = {"status": status, "hierarchy": hierarchy}
    with _file(target) as file, ahead(_batches(*_asked(db, binds))) as batches:
        size = db.execute(statement("numbers/export_size"), binds).one()
        extras = list(size.extras or [])
        columns = [*FIELDS, *extras]
        done = 0
        with _WRITERS[form](file, columns) as writer:
            for batch in batches:
                table = _table(batch, extras)
                writer.write(table)
                done += table.num_rows
                progress(done, size.numbers)
    return Exported(done, columns)


def form_of(path: str | Path) -> Form:
    """The form that the suffix of a file names. Raises BadInput for any other."""
    suffix = Path(path).suffix.lower()
    if suffix == ".csv":
        return "csv"
    if suffix == ".parquet":
        return "parquet"
    raise BadInput(f"{path} is of no known kind; give a file that ends in .csv or .parquet")


@contextmanager
def _file(target: str | Path | BinaryIO) -> Iterator[BinaryIO]:
    """The file to write to: one that is open, or a new one, which gets its name in the end."""
    if not isinstance(target, str | Path):
        yield target
        return
    path = Path(target)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError) -> BadInput:
    reason = error.strerror or error
    return BadInput(f"{path} cannot be written ({reason}); give another file, or make room")


def _asked(db: Connection, binds: dict[str, str | None]) -> tuple[str, str, str]:
    """Where another connection finds the rows, how it asks for them, and in which snapshot."""
    own = driver(db)
    address = make_conninfo(**own.info.get_parameters() | {"password": own.info.password})
    export = str(statement("numbers/export").compile(dialect=db.dialect))
    snapshot = db.execute(text("SELECT pg_export_snapshot()")).scalar_one()
    return address, ClientCursor(own).mogrify(export, binds), snapshot


def _batches(address: str, select: str, snapshot: str) -> Generator[Any, None, None]:
    """The rows of a transaction's snapshot, many at a time, by a connection that speaks Arrow."""
    try:
        with adbc.connect(address) as other, other.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            cursor.adbc_statement.set_options(
                **{StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(BLOCK)}
            )
            cursor.execute(select)
            yield from cursor.fetch_record_batch()
    except (adbc.Error, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise DatabaseUnavailable(
            f"The database stopped answering ({reason}); nothing was exported: run it again"
        ) from error


def _table(batch: Any, extras: list[str]) -> Any:
    """The rows of a batch, a column for each extra."""
    columns = {name: batch[name] for name in FIELDS}
    return pa.table(columns | _extras(batch["extra"], extras))


def _extras(extra: Any, names: list[str]) -> dict[str, Any]:
    """The columns that the extras of some rows make."""
    given = pc.is_valid(extra)
    if not pc.any(given).as_py():
        return {name: pa.nulls(len(extra), TEXT) for name in names}
    lines = pc.binary_join_element_wise(extra.drop_null(), "\n", "").buffers()[2]
    try:
        found = json.read_json(
            pa.BufferReader(lines),
            json.ReadOptions(use_threads=False, block_size=lines.size + 1),
            json.ParseOptions(
                explicit_schema=pa.schema([(name, TEXT) for name in names]),
                unexpected_field_behavior="error",
            ),
        )
    except pa.ArrowInvalid as error:
        raise Interrupted(
            "A column was added meanwhile; nothing was exported: run it again"
        ) from error
    places = pc.if_else(given, pc.cumulative_sum(given.cast(pa.int64())), None)
    rows = pc.subtract(places, 1)
    return {name: _no_blank(found[name].combine_chunks()).take(rows) for name in names}


def _no_blank(column: Any) -> Any:
    blank = pc.fill_null(pc.equal(column, ""), False)
    return pc.replace_with_mask(column, blank, pa.scalar(None, TEXT))


class _Writer(Protocol):
    def __enter__(self) -> "_Writer": ...

    def __exit__(self, *error: object) -> None: ...

    def write(self, table: Any) -> None: ...


class _CsvWriter:
    """A CSV file, its cells guarded."""

    def __init__(self, file: BinaryIO, columns: list[str]) -> None:
        self._file = file
        file.write(",".join(columns).encode() + b"\n")

    def __enter__(self) -> "_CsvWriter":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def write(self, table: Any) -> None:
        """Write some rows."""
        columns = {
            name: spreadsheets.cells(_texts(column.combine_chunks()), always=name in GUARDED)
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
        csv.write_csv(pa.table(columns), self._file, csv.WriteOptions(include_header=False))


def _texts(column: Any) -> Any:
    """A column of texts; instants as ISO 8601 has them."""
    if not pa.types.is_timestamp(column.type):
        return column
    written = pc.strftime(column, "%Y-%m-%dT%H:%M:%S+00:00")
    return pc.replace_substring(written, ".000000", "")


class _ParquetWriter:
    """A Parquet file, a row group at a time."""

    def __init__(self, file: BinaryIO, columns: list[str]) -> None:
        kinds = {"release_date": TIME}
        self._schema = pa.schema([(name, kinds.get(name, TEXT)) for name in columns])
        self._writer = pq.ParquetWriter(file, self._schema, use_dictionary=REPEATED)

    def __enter__(self) -> "_ParquetWriter":
        return self

    def __exit__(self, *error: object) -> None:
        self._writer.close()

    def write(self, table: Any) -> None:
        """Write some rows."""
        self._writer.write_table(table.cast(self._schema))


_WRITERS: dict[Form, Callable[[BinaryIO, list[str]], _Writer]] = {
    "csv": _CsvWriter,
    "parquet": _ParquetWriter,
}
