"""What every simulated device has in common, as an ASGI application.

Its credentials, its counts, its own clock and fault over HTTP, and what a fault does to a request.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import asdict
from typing import Any, Protocol

from pydantic import AwareDatetime

from include.simulator.access import Access
from include.simulator.answers import Answer, Body, Handler, Request, decoded, refused, told
from include.simulator.delivery import Message, Receive, Send, Wire, deliver
from include.simulator.faults import Fault
from include.simulator.mishaps import Make, befall
from include.simulator.pages import Record
from include.simulator.paging import BadRequest
from include.simulator.registrations import Registrations

CONTROL = "/simulator/"
CLOCK = f"{CONTROL}clock"
FAULT = f"{CONTROL}fault"
BODY_LIMIT = 65_536
LOG_LENGTH = 1_000
REFUSALS = 3


class _Clock(Body):
    now: AwareDatetime | None


class _Fault(Body):
    fault: Fault | None


class Host(Protocol):
    """The server around the application, which a fault may need."""

    def transport(self, client: tuple[str, int]) -> asyncio.WriteTransport | None:
        """Return the connection to a client, while there is one."""

    def change_certificate(self) -> None:
        """Show another certificate to whoever connects from now on."""


class Service:
    """The ASGI application; a device adds routes of its own.

    `requests` counts by path and status, 0 where nothing was ever sent; `log` has the last
    LOG_LENGTH requests, path and query with status, in order. `locked` tells that lockout_after_3
    has locked everyone out; the simulator's own paths stay open. `latency` is how many seconds each
    answer takes to come.
    """

    host: Host
    kind: str
    """What a connection to it is for: audiocodes_<kind>."""

    def __init__(self, registrations: Registrations, access: Access) -> None:
        self.registrations = registrations
        self.access = access
        self.requests: Counter[tuple[str, int]] = Counter()
        self.log: deque[tuple[str, int]] = deque(maxlen=LOG_LENGTH)
        self.locked = False
        self.latency = 0.0
        self._refusals = 0
        self.routes: dict[str, dict[str, Handler]] = {
            CLOCK: {"GET": self._get_clock, "PUT": self._put_clock},
            FAULT: {"GET": self._get_fault, "PUT": self._put_fault},
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope["path"]
        headers = dict(scope["headers"])
        request = Request(
            query=scope["query_string"].decode("latin-1"),
            authorization=headers.get(b"authorization", b"").decode("latin-1"),
            content_type=headers.get(b"content-type", b"").decode("latin-1"),
            body=await _read(receive),
        )
        answer = self._answer(scope["method"], path, request)
        if self.latency:
            await asyncio.sleep(self.latency)
        self.requests[path, answer.status] += 1
        self.log.append((f"{path}?{request.query}" if request.query else path, answer.status))
        await deliver(answer, Wire(receive, send, lambda: self.host.transport(scope["client"])))

    def _answer(self, method: str, path: str, request: Request) -> Answer:
        if self.locked and not path.startswith(CONTROL):
            return refused(403, "locked out after too many wrong credentials")
        methods = self.routes.get(path)
        if methods is None:
            return refused(404, f"there is no {path}")
        if method not in methods:
            return refused(405, f"{path} does not take {method}", {"Allow": ", ".join(methods)})
        try:
            return methods[method](request)
        except BadRequest as error:
            return refused(400, str(error))

    def settings(self) -> dict[str, Any]:
        """Return what a connection to it must say besides host and login."""
        return {}

    def listed(self) -> list[Record]:
        """Return the records as they are served at this moment, by our field names."""
        return self.registrations.listed()

    def truth(self) -> list[Record]:
        """Return who is registered now, however that is told, by our field names."""
        return self.registrations.truth()

    def unauthorized(self) -> Answer:
        """Return a 401 for wrong credentials, and count it where that leads to a lock-out."""
        if self.registrations.armed().name == "lockout_after_3":
            self._refusals += 1
            self.locked = self._refusals >= REFUSALS
        return self._challenge()

    def _challenge(self, challenge: str | None = None) -> Answer:
        headers = {"WWW-Authenticate": challenge or self.access.challenge}
        return refused(401, "wrong credentials, or none", headers)

    def strike(self, fault: Fault, good: Make) -> Answer:
        """Return what comes of the `good` answer when the fault strikes, and do what it does."""
        if fault.name == "token_expires_at_page":
            self.access.forget()
            return self._challenge()
        if fault.name == "certificate_changed":
            self.host.change_certificate()
            return refused(503, "restarting", {"Connection": "close"})
        if fault.name.startswith("shift_"):
            self.registrations.shift()
        return befall(fault, good)

    def _get_clock(self, request: Request) -> Answer:
        if not self.access.knows_basic(request.authorization):
            return self._challenge('Basic realm="simulator"')
        clock = self.registrations.clock
        return told(200, {"now": clock and clock.isoformat()})

    def _put_clock(self, request: Request) -> Answer:
        if not self.access.knows_basic(request.authorization):
            return self._challenge('Basic realm="simulator"')
        self.registrations.clock = decoded(_Clock, request.body).now
        return self._get_clock(request)

    def _get_fault(self, request: Request) -> Answer:
        if not self.access.knows_basic(request.authorization):
            return self._challenge('Basic realm="simulator"')
        fault = self.registrations.fault
        return told(200, {"fault": fault and asdict(fault)})

    def _put_fault(self, request: Request) -> Answer:
        if not self.access.knows_basic(request.authorization):
            return self._challenge('Basic realm="simulator"')
        try:
            self.registrations.set_fault(decoded(_Fault, request.body).fault)
        except ValueError as error:
            raise BadRequest(str(error)) from error
        return self._get_fault(request)


async def _read(receive: Receive) -> bytes:
    """Read a body; one beyond the limit is cut there, and so is no JSON."""
    body, more = b"", True
    while more and len(body) <= BODY_LIMIT:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body[:BODY_LIMIT]
