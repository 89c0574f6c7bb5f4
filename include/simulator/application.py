"""The API as an ASGI application: login, registered users, and the simulator's own clock."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from include.simulator.access import TOKEN_SECONDS, Access
from include.simulator.pages import Roll
from include.simulator.paging import BadRequest, window
from include.simulator.population import Population
from include.simulator.script import Script, registered

REGISTERED_USERS = "/ARM/v1/registeredUsers"
LOGIN = "/ARM/v1/login"
CLOCK = "/simulator/clock"
BODY_LIMIT = 65_536

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Login(_Body):
    username: str
    password: str


class _Clock(_Body):
    now: AwareDatetime | None


Wanted = TypeVar("Wanted", bound=_Body)


@dataclass(frozen=True)
class Request:
    """What a handler needs to know of a request."""

    query: str
    authorization: str
    body: bytes


@dataclass(frozen=True)
class Answer:
    """A status, a JSON body in one piece or more, and headers of its own."""

    status: int
    body: Iterable[bytes | memoryview]
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Answer]


class Application:
    """The ASGI application; `clock` None stands for the time of day.

    `requests` counts by path and status.
    """

    def __init__(
        self,
        population: Population,
        script: Script,
        access: Access,
        *,
        clock: datetime | None,
        max_page_size: int,
    ) -> None:
        self.population = population
        self.script = script
        self.access = access
        self.clock = clock
        self.max_page_size = max_page_size
        self.requests: Counter[tuple[str, int]] = Counter()
        self._roll: tuple[int, Roll] | None = None
        self._routes: dict[str, dict[str, Handler]] = {
            REGISTERED_USERS: {"GET": self._registered_users},
            CLOCK: {"GET": self._get_clock, "PUT": self._put_clock},
        }
        if access.authentication == "login":
            self._routes[LOGIN] = {"POST": self._login}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope["path"]
        headers = dict(scope["headers"])
        request = Request(
            query=scope["query_string"].decode("latin-1"),
            authorization=headers.get(b"authorization", b"").decode("latin-1"),
            body=await _read(receive),
        )
        answer = self._answer(scope["method"], path, request)
        self.requests[path, answer.status] += 1
        await _send(answer, send)

    def roll(self) -> Roll:
        """Return the list of this moment; it is kept until an event of the script passes."""
        now = self.clock or datetime.now(UTC)
        passed = self.script.passed(now)
        if self._roll is None or self._roll[0] != passed:
            who = registered(self.population, self.script, now)
            self._roll = passed, Roll(self.population, who)
        return self._roll[1]

    def _answer(self, method: str, path: str, request: Request) -> Answer:
        methods = self._routes.get(path)
        if methods is None:
            return _error(404, f"there is no {path}")
        if method not in methods:
            return _error(405, f"{path} does not take {method}", {"Allow": ", ".join(methods)})
        try:
            return methods[method](request)
        except BadRequest as error:
            return _error(400, str(error))

    def _registered_users(self, request: Request) -> Answer:
        if not self.access.allows(request.authorization):
            return self._unauthorized(self.access.challenge)
        roll = self.roll()
        asked = window(request.query, roll.who.users, self.max_page_size)
        head = json.dumps({"total": len(roll), **asked.said})[:-1].encode()
        head += b', "registeredUsers": ['
        if asked.said:
            return Answer(200, [head + roll.page(asked.start, asked.stop) + b"]}"])
        return Answer(200, _whole(head, roll))

    def _login(self, request: Request) -> Answer:
        login = _decoded(_Login, request.body)
        if not self.access.knows(login.username, login.password):
            return self._unauthorized(self.access.challenge)
        return _json(200, {"token": self.access.token(), "expiresIn": TOKEN_SECONDS})

    def _get_clock(self, request: Request) -> Answer:
        if not self.access.knows_basic(request.authorization):
            return self._unauthorized('Basic realm="simulator"')
        return _json(200, {"now": self.clock and self.clock.isoformat()})

    def _put_clock(self, request: Request) -> Answer:
        if not self.access.knows_basic(request.authorization):
            return self._unauthorized('Basic realm="simulator"')
        self.clock = _decoded(_Clock, request.body).now
        return self._get_clock(request)

    @staticmethod
    def _unauthorized(challenge: str) -> Answer:
        return _error(401, "wrong credentials, or none", {"WWW-Authenticate": challenge})


def _whole(head: bytes, roll: Roll) -> Iterator[bytes | memoryview]:
    """Yield the whole list a chunk at a time, holding one back to drop its last comma."""
    held: bytes | memoryview = head
    for piece in roll.pieces(0, len(roll)):
        yield held
        held = piece
    yield held[:-1] if len(roll) else held
    yield b"]}"


def _json(status: int, document: object, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, [json.dumps(document).encode()], headers or {})


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Answer:
    return _json(status, {"error": message}, headers)


def _decoded(wanted: type[Wanted], body: bytes) -> Wanted:
    try:
        return wanted.model_validate_json(body)
    except ValidationError as error:
        details: Any = error.errors(include_url=False, include_input=False)
        where = ".".join(str(part) for part in details[0]["loc"]) or "body"
        raise BadRequest(f"{where}: {details[0]['msg']}") from error


async def _read(receive: Receive) -> bytes:
    """Read a body; one beyond the limit is cut there, and so is no JSON."""
    body, more = b"", True
    while more and len(body) <= BODY_LIMIT:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body[:BODY_LIMIT]


async def _send(answer: Answer, send: Send) -> None:
    """Send a body of one piece with its length, one of several in chunks."""
    headers = {"Content-Type": "application/json", **answer.headers}
    if isinstance(answer.body, list):
        headers["Content-Length"] = str(sum(map(len, answer.body)))
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    for piece in answer.body:
        await send({"type": "http.response.body", "body": bytes(piece), "more_body": True})
    await send({"type": "http.response.body", "body": b""})
