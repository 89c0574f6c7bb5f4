"""What a command prints: one JSON document, or text for a person; progress while it works."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Any

import typer


def document(value: Any) -> None:
    """Print one JSON document; times are in UTC, with their offset."""
    typer.echo(_ENCODER.encode(value))


def array(values: Iterable[Any]) -> None:
    """Print one JSON array, an element at a time."""
    before = "["
    for value in values:
        sys.stdout.write(f"{before}\n{_ENCODER.encode(value)}")
        before = ","
    sys.stdout.write("[]\n" if before == "[" else "\n]\n")
    sys.stdout.flush()  # a disk that is full is told of now, not at the end of the process


def rows(widths: Sequence[int], values: Iterable[Sequence[object]]) -> None:
    """Print rows in columns of at least these widths, a row at a time."""
    for row in values:
        cells = zip(map(text, row), widths, strict=True)
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in cells).rstrip() + "\n")


def table(heading: Sequence[str], values: Iterable[Sequence[object]]) -> None:
    """Print a table under its heading, as wide as what is in it."""
    everything = [heading, *values]
    rows(
        [max(len(text(cell)) for cell in column) for column in zip(*everything, strict=True)],
        everything,
    )


def text(value: object) -> str:
    """A value as a person reads it: blank for nothing, times to the second with their zone."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, Mapping):
        return ", ".join(f"{text(part)} {name}" for name, part in value.items()) or "none"
    return str(value)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Count on stderr while something long is under way; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn(what + " {task.completed:,.0f}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda count: progress.advance(task, count)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)


_ENCODER = json.JSONEncoder(default=_plain)
