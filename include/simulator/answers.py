"""What a handler is asked and what it answers, apart from how that gets to the client."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from include.simulator.paging import BadRequest

Manner = Literal["whole", "cut", "short", "drip", "never"]


class Body(BaseModel):
    """A JSON body that may be sent to the simulator."""

    model_config = ConfigDict(extra="forbid")


Wanted = TypeVar("Wanted", bound=Body)


@dataclass(frozen=True)
class Request:
    """What a handler needs to know of a request."""

    query: str
    authorization: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Answer:
    """A status, a body in one piece or more, headers of its own, and how it is delivered.

    The manner drip pauses `pause` seconds between a few bytes and the next.
    """

    status: int
    body: Iterable[bytes | memoryview] = ()
    headers: dict[str, str] = field(default_factory=dict)
    manner: Manner = "whole"
    pause: float = 0


Handler = Callable[[Request], Answer]


def told(status: int, document: object, headers: dict[str, str] | None = None) -> Answer:
    """Return an answer that is a JSON document."""
    return Answer(status, [json.dumps(document).encode()], headers or {})


def refused(status: int, message: str, headers: dict[str, str] | None = None) -> Answer:
    """Return an answer that says what is wrong."""
    return told(status, {"error": message}, headers)


def decoded(wanted: type[Wanted], body: bytes) -> Wanted:
    """Return the body that is wanted; BadRequest names the first key that is wrong."""
    try:
        return wanted.model_validate_json(body)
    except ValidationError as error:
        details: Any = error.errors(include_url=False, include_input=False)
        where = ".".join(str(part) for part in details[0]["loc"]) or "body"
        raise BadRequest(f"{where}: {details[0]['msg']}") from error
