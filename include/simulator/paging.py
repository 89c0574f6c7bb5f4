"""Which part of the list a request asks for, in whichever of the four pagings it asks."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl

import numpy as np

from include.simulator.dialect import Dialect
from include.simulator.population import Users

DEFAULT_SIZE = 1_000


class BadRequest(ValueError):
    """The request's parameters or body are wrong: the message says which and why."""


@dataclass(frozen=True)
class Window:
    """Positions `start` to `stop` (exclusive) of the list, and what the envelope says of them.

    By cursor it says which one follows: None after the last.
    """

    start: int
    stop: int
    said: dict[str, Any] = field(default_factory=dict)
    by_cursor: bool = False
    following: str | None = None

    @property
    def is_part(self) -> bool:
        """Whether a part of the list was asked for, not the whole."""
        return self.by_cursor or bool(self.said)


@dataclass(frozen=True)
class Asked:
    """A paging's parameters, read: `place` is a page number, an offset or a cursor."""

    paging: Literal["none", "page", "offset", "cursor"]
    place: int | str | None = None
    size: int = 0


def asked(query: str, most: int, dialect: Dialect) -> Asked:
    """Return what a query string asks for, in pages of at most `most` users.

    No parameters mean the whole list; page and its size, offset and limit, cursor and limit a
    part of it. BadRequest when the parameters are none of these.
    """
    given = _parameters(query)
    names = given.keys()
    page, page_size = dialect.page_parameter, dialect.page_size_parameter
    offset, limit = dialect.offset_parameter, dialect.limit_parameter
    if not names:
        return Asked("none")
    if names <= {page, page_size} and names != {limit}:
        first = dialect.first_page
        return Asked("page", _number(given, page, first, first), _size(given, page_size, most))
    if offset in names and names <= {offset, limit}:
        return Asked("offset", _number(given, offset, 0, 0), _size(given, limit, most))
    if names <= {dialect.cursor_parameter, limit}:
        cursor = given.get(dialect.cursor_parameter)
        return Asked("cursor", cursor, _size(given, limit, most))
    raise BadRequest(f"parameters that do not go together: {', '.join(sorted(names))}")


def window(wanted: Asked, keys: Users, dialect: Dialect) -> Window:
    """Return the part of a list that is wanted; `keys` are its rows' own numbers, ascending.

    BadRequest when the cursor was not given by this server.
    """
    size, place = wanted.size, wanted.place
    if wanted.paging == "none":
        return Window(0, len(keys))
    if wanted.paging == "cursor":
        return _by_cursor(None if place is None else str(place), size, keys)
    number = int(place or 0)
    if wanted.paging == "page":
        start = (number - dialect.first_page) * size
        said = {dialect.page_parameter: number, dialect.page_size_parameter: size}
    else:
        start = number
        said = {dialect.offset_parameter: number, dialect.limit_parameter: size}
    return Window(start, start + size, said)


def _by_cursor(cursor: str | None, limit: int, keys: Users) -> Window:
    """A cursor names the last row given, so that nobody is skipped when others leave."""
    last = -1 if cursor is None else _decoded(cursor)
    start = int(np.searchsorted(keys, last, side="right"))
    stop = start + limit
    following = _encoded(int(keys[stop - 1])) if stop < len(keys) else None
    return Window(start, stop, by_cursor=True, following=following)


def _encoded(user: int) -> str:
    return base64.urlsafe_b64encode(f"after {user}".encode()).decode()


def _decoded(cursor: str) -> int:
    try:
        word, _, user = base64.urlsafe_b64decode(cursor).decode().partition(" ")
        if word == "after":
            return int(user)
    except (binascii.Error, UnicodeError, ValueError):
        pass
    raise BadRequest("cursor was not given by this server")


def _parameters(query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    if len(given) < len(pairs):
        raise BadRequest("a parameter is given twice")
    return given


def _size(given: dict[str, str], name: str, most: int) -> int:
    return min(_number(given, name, DEFAULT_SIZE, 1), most)


def _number(given: dict[str, str], name: str, default: int, least: int) -> int:
    text = given.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= least):
        raise BadRequest(f"{name} must be a whole number from {least}, not {text!r}")
    return int(text)
