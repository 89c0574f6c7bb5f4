"""Which part of the list a request asks for, in whichever of the four pagings it asks."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import numpy as np

from include.simulator.population import Users

DEFAULT_SIZE = 1_000


class BadRequest(ValueError):
    """The request's parameters or body are wrong: the message says which and why."""


@dataclass(frozen=True)
class Window:
    """Positions `start` to `stop` (exclusive) of the list, and what the envelope says of them."""

    start: int
    stop: int
    said: dict[str, Any] = field(default_factory=dict)


def window(query: str, users: Users, most: int) -> Window:
    """Return the part of the list of `users` (indices, sorted) that a query string asks for.

    No parameters mean the whole list; `page`/`pageSize`, `offset`/`limit` and `cursor`/`limit`
    a part of at most `most` users. BadRequest when the parameters are none of these.
    """
    given = _parameters(query)
    names = given.keys()
    if not names:
        return Window(0, len(users))
    if names <= {"page", "pageSize"}:
        return _by_page(_number(given, "page", 1, 1), _size(given, "pageSize", most))
    if "offset" in names and names <= {"offset", "limit"}:
        return _by_offset(_number(given, "offset", 0, 0), _size(given, "limit", most))
    if names <= {"cursor", "limit"}:
        return _by_cursor(given.get("cursor"), _size(given, "limit", most), users)
    raise BadRequest(f"parameters that do not go together: {', '.join(sorted(names))}")


def _by_page(page: int, size: int) -> Window:
    return Window((page - 1) * size, page * size, {"page": page, "pageSize": size})


def _by_offset(offset: int, limit: int) -> Window:
    return Window(offset, offset + limit, {"offset": offset, "limit": limit})


def _by_cursor(cursor: str | None, limit: int, users: Users) -> Window:
    """A cursor names the last user given, so that nobody is skipped when others leave."""
    last = -1 if cursor is None else _decoded(cursor)
    start = int(np.searchsorted(users, last, side="right"))
    stop = start + limit
    following = _encoded(int(users[stop - 1])) if stop < len(users) else None
    return Window(start, stop, {"nextCursor": following})


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
