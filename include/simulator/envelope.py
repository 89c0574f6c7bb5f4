"""The JSON text around a page of records, in whichever dialect."""

from __future__ import annotations

import json
from typing import Any

from include.simulator.dialect import Dialect
from include.simulator.paging import Window

PLACE = "\0"
Extra = tuple[str, bytes]
"""A key, and a value as JSON text."""


def around(dialect: Dialect, asked: Window, total: int, extra: Extra | None) -> tuple[bytes, bytes]:
    """Return the text before and after the records of the window.

    `extra` comes first of all; in a bare array it is an element ahead of the records.
    """
    if dialect.list_key is None:
        ahead = b"[" if extra is None else b"[" + extra[1] + b","
        return ahead, b"]"
    text = json.dumps(_document(dialect, asked, total)).encode()
    head, _, tail = text.partition(json.dumps(PLACE).encode())
    if extra is not None:
        name, value = extra
        head = b"".join([b"{", json.dumps(name).encode(), b": ", value, b", ", head[1:]])
    return head, tail


def _document(dialect: Dialect, asked: Window, total: int) -> dict[str, Any]:
    """The answer with a placeholder where the records belong."""
    document: dict[str, Any] = {}
    if dialect.total_key is not None:
        put(document, dialect.total_key, total)
    for parameter, value in asked.said.items():
        document.setdefault(parameter, value)
    if asked.by_cursor:
        put(document, dialect.cursor_key, asked.following)
    put(document, dialect.list_key or "", [PLACE])
    return document


def put(document: dict[str, Any], dotted: str, value: object) -> None:
    """Set a value under a key, of which each dot opens an object."""
    *outer, last = dotted.split(".")
    for key in outer:
        inner = document.get(key)
        document[key] = document = inner if isinstance(inner, dict) else {}
    document[last] = value
