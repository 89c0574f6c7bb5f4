"""The one form that registered users have in this project, whatever they came from.

A frame of registered users has exactly COLUMNS, Arrow-backed: `expires` is int64 (seconds, null
where it is not known), `active` is bool without nulls (a source that says nothing of it means
yes), everything else is text, identifiers too, and null where there is none. `aor` is never null.
"""

import csv
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import Any, TextIO

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.arm.errors import Malformed
from include.arm.pages import Columns, Page
from include.arm.settings import COLUMNS

__all__ = ["COLUMNS", "frame", "frames", "read"]

LIST_KEY, TOTAL_KEY = "registeredUsers", "total"
"""What the API's answer, saved as a .json file, calls its list and the length of the whole."""

Place = Callable[[int], str]
"""Where the row of that index came from, as a person would look for it."""

TEXTS = {"aor", "user", "host", "contact", "nodeName", "ipGroup", "userAgent"}
NAMES = ("nodeName", "ipGroup", "userAgent")
"""What devices and their administrators name freely: a control character there means nothing."""

Frames = Iterator[pd.DataFrame]


def frames(pages: Iterable[Page], *, rows: int = 8_192) -> Frames:
    """The registered users on pages of an ARM's list, in frames of about so many rows.

    Raises Malformed with the page and the row for a missing `aor` and for a value that cannot be
    what its field is.
    """
    waiting: list[Page] = []
    for page in pages:
        waiting.append(page)
        if sum(map(len, waiting)) >= rows:
            yield _from_pages(waiting)
            waiting = []
    if waiting:
        yield _from_pages(waiting)


def frame(columns: Columns, place: Place) -> pd.DataFrame:
    """The registered users whose fields are these columns, of one length; others are null."""
    return _from_arrays(
        {name: _array(name, values, place) for name, values in columns.items()}, place
    )


def _from_pages(pages: Sequence[Page]) -> pd.DataFrame:
    ends = list(accumulate(map(len, pages)))

    def place(index: int) -> str:
        page = bisect_right(ends, index)
        first = ends[page - 1] if page else 0
        return f"{pages[page].where}, registered user {index - first + 1}"

    columns = {name: [page.columns[name] for page in pages] for name in COLUMNS}
    return _from_arrays(
        {name: _joined(name, parts, place) for name, parts in columns.items()}, place
    )


def _joined(name: str, parts: list[Sequence[Any]], place: Place) -> pa.Array:
    """The values of one field on several pages; that it is text need not be looked for."""
    kind = pa.string() if name in TEXTS else None
    try:
        return pa.concat_arrays([pa.array(part, kind) for part in parts])
    except (pa.ArrowException, OverflowError, ValueError):
        return _array(name, list(chain.from_iterable(parts)), place)


def read(path: str | Path, *, chunk_rows: int = 50_000) -> Frames:
    """The registered users in a Parquet, CSV, JSON lines or JSON file, in frames of `chunk_rows`.

    The kind of file is told by its suffix. All but .json (a list, or the API's answer with the
    whole list in it) are read in flat memory. Raises Malformed, on the way, with the file and
    the line or row: what came before is then part of a list and no list.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise Malformed(f"{path}: unknown kind of file; name it {', '.join(_READERS)}")
    if not path.is_file():
        raise Malformed(f"{path}: there is no such file; check the path")
    if path.stat().st_size == 0:
        raise Malformed(f"{path}: the file is empty, which is no list; write it again")
    return _refusing_the_unreadable(path, reader(path, chunk_rows))


def _refusing_the_unreadable(path: Path, frames: Frames) -> Frames:
    try:
        yield from frames
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        reason = str(error).splitlines()[0]
        raise Malformed(f"{path}: cannot be read: {reason}; write the file again") from error


def _read_parquet(path: Path, chunk_rows: int) -> Frames:
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        _require_aor(path, schema.names)
        if not _is_text(schema.field("aor").type):
            raise Malformed(
                f"{path}: column aor is {schema.field('aor').type}, which has lost leading zeros "
                "and plus signs; write it as text"
            )
        present = [name for name in COLUMNS if name in schema.names]
        first = 1
        for batch in file.iter_batches(batch_size=chunk_rows, columns=present):
            yield _from_arrays(dict(zip(present, batch.columns, strict=True)), _rows(path, first))
            first += batch.num_rows


def _read_csv(path: Path, chunk_rows: int) -> Frames:
    with _opened_csv(path) as file:
        reader = csv.reader(file, strict=True)
        header = next(reader, [])
        _require_aor(path, header)
        first = 0
        while rows := list(islice(reader, chunk_rows)):
            place = partial(_csv_place, path, first)
            yield _from_arrays(_csv_columns(header, rows, place), place)
            first += len(rows)


def _opened_csv(path: Path) -> TextIO:
    return path.open(encoding="utf-8-sig", newline="")


def _csv_columns(header: list[str], rows: list[list[str]], place: Place) -> dict[str, pa.Array]:
    for index, width in enumerate(map(len, rows)):
        if width != len(header):
            raise Malformed(
                f"{place(index)}: {width} cells under {len(header)} headings; mend the line"
            )
    columns = zip(header, zip(*rows, strict=True), strict=True)
    return {name: pa.array(cells, pa.string()) for name, cells in columns if name in COLUMNS}


def _csv_place(path: Path, first: int, index: int) -> str:
    """The line of a row, found by reading again: a cell may go over several lines."""
    with _opened_csv(path) as file:
        reader = csv.reader(file, strict=True)
        next(islice(reader, 1 + first + index, None))
        return f"{path}, line {reader.line_num}"


def _read_json_lines(path: Path, chunk_rows: int) -> Frames:
    with path.open(encoding="utf-8") as file:
        lines = ((number, line) for number, line in enumerate(file, 1) if not line.isspace())
        while chunk := list(islice(lines, chunk_rows)):
            place = _lines(path, [number for number, _ in chunk])
            records = [_object(line, place, index) for index, (_, line) in enumerate(chunk)]
            yield _from_objects(records, place)


def _object(line: str, place: Place, index: int) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed(f"{place(index)}: {error}; mend the line or write it again") from error


def _read_json(path: Path, chunk_rows: int) -> Frames:
    body = msgspec.json.decode(path.read_bytes())
    records = body.get(LIST_KEY) if isinstance(body, dict) else body
    if not isinstance(records, list):
        raise Malformed(f"{path}: is neither a list nor an object with {LIST_KEY}")
    total = body.get(TOTAL_KEY, len(records)) if isinstance(body, dict) else len(records)
    if total != len(records):
        raise Malformed(
            f"{path}: holds {len(records)} of {total} registered users; save all pages, as .jsonl"
        )
    for start in range(0, len(records), chunk_rows):
        rows = records[start : start + chunk_rows]
        yield _from_objects(rows, _rows(path, start + 1))


_READERS: dict[str, Callable[[Path, int], Frames]] = {
    ".parquet": _read_parquet,
    ".csv": _read_csv,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".json": _read_json,
}


def _rows(path: Path, first: int) -> Place:
    return lambda index: f"{path}, row {first + index}"


def _lines(path: Path, numbers: Sequence[int]) -> Place:
    return lambda index: f"{path}, line {numbers[index]}"


def _require_aor(path: Path, names: Iterable[str]) -> None:
    names = list(names)
    if "aor" not in names:
        raise Malformed(
            f"{path}: has no column aor, only {', '.join(names)}; rename it in the file"
        )
    if len(set(names)) < len(names):
        raise Malformed(f"{path}: has two columns of one name in {', '.join(names)}; drop one")


def _from_objects(records: Sequence[Any], place: Place) -> pd.DataFrame:
    for index, record in enumerate(records):
        if not isinstance(record, dict):
            raise Malformed(f"{place(index)}: is no object; each row must be one")
    return frame({name: [record.get(name) for record in records] for name in COLUMNS}, place)


def _array(name: str, values: Sequence[Any], place: Place) -> pa.Array:
    """The values as Arrow infers them; values of several types as text."""
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, ValueError):
        spelt = [_spelt(name, value, place, index) for index, value in enumerate(values)]
        return pa.array(spelt, pa.string())


def _spelt(name: str, value: object, place: Place, index: int) -> str | None:
    if value is None or (isinstance(value, str) and _is_unicode(value)):
        return value
    if isinstance(value, bool) and name == "active":
        return str(value).lower()
    if type(value) is int and value.bit_length() <= 64:
        return str(value)
    raise Malformed(f"{place(index)}: {name} is {_shown(value)}; it must be text or a number")


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _from_arrays(columns: Mapping[str, pa.Array], place: Place) -> pd.DataFrame:
    rows = len(columns["aor"])
    arrays = {}
    for name in COLUMNS:
        array = columns[name] if name in columns else pa.nulls(rows)
        arrays[name] = _CONVERTERS.get(name, _text)(name, array, place)
    _refuse(arrays["aor"].is_null(), "aor", arrays["aor"], place, "every registered user has one")
    result: pd.DataFrame = pa.table(arrays).to_pandas(types_mapper=pd.ArrowDtype, use_threads=False)
    return result


def _text(name: str, array: pa.Array, place: Place) -> pa.Array:
    """Text, blank as null; whole numbers as their digits."""
    kind = array.type
    if pa.types.is_floating(kind) and name != "aor":
        array = _whole(name, array, place)
    elif not (_is_text(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)):
        _refuse(array.is_valid(), name, array, place, "it must be text")
    text = array.cast(pa.string())
    if name in NAMES:
        text = _without_controls(text)
    blank = pc.equal(text, "")
    return pc.if_else(blank, pa.scalar(None, pa.string()), text) if pc.any(blank).as_py() else text


def _without_controls(text: pa.Array) -> pa.Array:
    """The same with blanks for control characters; each of the few different texts once."""
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    few = text.dictionary_encode()
    return pc.replace_substring_regex(few.dictionary, r"[\x00-\x1f\x7f]", " ").take(few.indices)


def _whole(name: str, array: pa.Array, place: Place) -> pa.Array:
    """Whole numbers, from whole numbers in any spelling."""
    kind = array.type
    if _is_text(kind):
        array = _text(name, array, place)
        bad = pc.invert(pc.match_substring_regex(array, r"^-?[0-9]{1,18}$"))
    elif pa.types.is_floating(kind):
        bad = pc.or_(pc.not_equal(array, pc.floor(array)), pc.greater(pc.abs(array), 2.0**53))
    else:
        known = pa.types.is_integer(kind) or pa.types.is_null(kind)
        bad = pc.and_(array.is_valid(), not known)
    _refuse(bad, name, array, place, "it must be a whole number")
    return array.cast(pa.int64())


def _truth(name: str, array: pa.Array, place: Place) -> pa.Array:
    """Yes or no; what says neither, by being null or blank, is yes."""
    if pa.types.is_boolean(array.type):
        return array.fill_null(True)
    text = pc.utf8_lower(_text(name, array, place).fill_null("true"))
    no = pc.is_in(text, pa.array(["false", "0"]))
    known = pc.or_(no, pc.is_in(text, pa.array(["true", "1"])))
    _refuse(pc.invert(known), name, array, place, "it must be true or false")
    return pc.invert(no)


_CONVERTERS: dict[str, Callable[[str, pa.Array, Place], pa.Array]] = {
    "expires": _whole,
    "active": _truth,
}


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _refuse(bad: pa.Array, name: str, array: pa.Array, place: Place, rule: str) -> None:
    """Raise Malformed for the first row that is bad."""
    index = pc.index(bad, True).as_py()
    if index >= 0:
        raise Malformed(f"{place(index)}: {name} is {_shown(array[index].as_py())}; {rule}")


def _shown(value: object) -> str:
    return "missing" if value is None else repr(value)[:40]
