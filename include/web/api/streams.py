"""Long answers: rows as they come from the database, in little memory, until the client is gone."""

import csv
import io
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from itertools import chain, islice
from typing import Any

import anyio
import msgspec
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from include.inventory.fields import DIGITS
from include.inventory.spreadsheets import cell
from include.web.api.forms import MEDIA, Form

LOT = 500
Row = dict[str, Any]
Chunks = Generator[bytes, None, None]


class Streamed(StreamingResponse):
    """An answer in chunks; whatever becomes of it, what they are made from is closed in the end.

    The first chunk is there before the answer begins: what fails until then has an answer.
    """

    def __init__(self, chunks: Chunks, form: Form, name: str) -> None:
        self._chunks = chunks
        first = next(chunks, b"")
        headers = {}
        if form != "json":
            headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
        super().__init__(chain((first,), chunks), headers=headers, media_type=MEDIA[form])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._chunks.close)


def whole(form: Form, rows: Iterable[Row], columns: Sequence[str], name: str) -> Streamed:
    """An answer of rows that are all there already."""
    return Streamed(_each(written(form, rows, columns)), form, name)


def _each(chunks: Iterable[bytes]) -> Chunks:
    yield from chunks


def held(holder: AbstractContextManager[Any], chunks: Any) -> Chunks:
    """The chunks that a function makes of a transaction, which is held until the last of them."""
    with holder as session:
        yield from chunks(session)


def written(form: Form, rows: Iterable[Row], columns: Sequence[str]) -> Iterator[bytes]:
    """Rows as CSV, whose first line names the columns, or each as one line of JSON."""
    head = ",".join(columns).encode() + b"\r\n" if form == "csv" else b""
    for lot in _lots(rows):
        yield head + (_csv(lot, columns) if form == "csv" else _lines(lot))
        head = b""


def enclosed(head: Row, name: str, rows: Iterable[Row]) -> Iterator[bytes]:
    """A JSON document whose last member is a list of rows."""
    before = msgspec.json.encode(head)[:-1] + b',"' + name.encode() + b'":['
    for lot in _lots(rows):
        yield before + msgspec.json.encode(lot)[1:-1]
        before = b","
    yield b"]}"


def _lots(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows, many at a time; the first lot is there before anything is answered, if it is empty."""
    each = iter(rows)
    lot = list(islice(each, LOT))
    yield lot
    while len(lot) == LOT and (lot := list(islice(each, LOT))):
        yield lot


def _lines(rows: list[Row]) -> bytes:
    return msgspec.json.Encoder().encode_lines(rows)


def _csv(rows: list[Row], columns: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([_cell(row.get(name), name) for name in columns] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any, name: str) -> Any:
    """A value as a spreadsheet may have it: no formula, and digits as they are."""
    if isinstance(value, datetime | date):
        return cell(value.isoformat(), always=True)
    return cell(value, always=name in DIGITS) if isinstance(value, str) else value
