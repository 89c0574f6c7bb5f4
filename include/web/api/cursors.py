"""Where a list goes on: opaque to who asks, and good for the list alone that gave it."""

import base64
import binascii
import hashlib
from datetime import datetime
from types import GenericAlias
from typing import Annotated, Any

import msgspec

from include.inventory.numbers import SORTS
from include.inventory.texts import checked
from include.web.api.problems import invalid

LONGEST = 2000
# The columns of the places of each kind of list, and the types of those that are no texts.
COLUMNS = SORTS | {"nodes": ("hierarchy",), "plans": ("plan",)}
TYPES: dict[str, Any] = {
    "release_date": datetime,
    "plan": Annotated[int, msgspec.Meta(ge=1, le=2**62)],
}


def written(kind: str, place: tuple[Any, ...] | None) -> str | None:
    """A place of a list as a cursor; None where the list ends."""
    if place is None:
        return None
    text = msgspec.json.encode([kind, *place])
    return base64.urlsafe_b64encode(_seal(text) + text).decode().rstrip("=")


def read(kind: str, cursor: str | None) -> tuple[Any, ...] | None:
    """The place of a cursor; 422 for what no list of that kind has given."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        seal, text = raw[:6], raw[6:]
        if seal != _seal(text):
            raise ValueError
        found = msgspec.json.decode(text, type=_kinds(kind))
        for part in found:
            checked("cursor", part if isinstance(part, str) else None)
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise _unfit("it is none; begin anew without it") from error
    if found[0] != kind:
        raise _unfit("it is that of another list or order; begin anew without it")
    return tuple(found[1:])


def _kinds(kind: str) -> Any:
    return GenericAlias(tuple, (str, *(TYPES.get(name, str) for name in COLUMNS[kind])))


def _seal(text: bytes) -> bytes:
    """This tells a cursor from something that only looks like one."""
    return hashlib.blake2b(text, digest_size=6, person=b"cursor").digest()


def _unfit(why: str) -> Exception:
    return invalid([{"loc": ("query", "cursor"), "msg": why}])
