"""ARM's API as an ASGI application: login, and registered users in whichever dialect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from include.simulator.access import TOKEN_SECONDS, Access
from include.simulator.answers import Answer, Request, told
from include.simulator.dialect import Dialect
from include.simulator.envelope import Extra, around, put
from include.simulator.faults import EVERY_ROW, Fault
from include.simulator.pages import Roll, Tale
from include.simulator.paging import Asked, BadRequest, asked, window
from include.simulator.registrations import Registrations
from include.simulator.service import Service

DEPTH = 200_000


class Application(Service):
    """The ASGI application; a page asked for larger than `max_page_size` is cut to it."""

    kind = "arm"

    def __init__(
        self,
        registrations: Registrations,
        access: Access,
        *,
        dialect: Dialect,
        max_page_size: int,
    ) -> None:
        super().__init__(registrations, access)
        self.dialect = dialect
        self.max_page_size = max_page_size
        self.routes[dialect.registered_users_path] = {"GET": self._registered_users}
        if access.authentication == "login":
            self.routes[dialect.login_path] = {"POST": self._login}

    def settings(self) -> dict[str, Any]:
        """Return what a connection to it must say besides host and login."""
        how = {"authentication": self.access.authentication, "paging": "offset"}
        return how | self.dialect.settings()

    def _login(self, request: Request) -> Answer:
        if not self.access.knows(*self._credentials(request.body)):
            return self.unauthorized()
        answer: dict[str, Any] = {"expiresIn": TOKEN_SECONDS}
        put(answer, self.dialect.login_answer_key, self.access.token())
        return told(200, answer)

    def _credentials(self, body: bytes) -> tuple[str, str]:
        """Return the username and password in a login's body, which must have just these."""
        keys = [self.dialect.login_name_key, self.dialect.login_pass_key]
        try:
            login = json.loads(body)
        except ValueError as error:
            raise BadRequest(f"body: {error}") from error
        if not isinstance(login, dict) or login.keys() - keys:
            raise BadRequest(f"body: must be an object with {' and '.join(keys)}")
        for key in keys:
            if not isinstance(login.get(key), str):
                raise BadRequest(f"{key}: must be text")
        return login[keys[0]], login[keys[1]]

    def _registered_users(self, request: Request) -> Answer:
        if not self.access.allows(request.authorization):
            return self.unauthorized()
        wanted = self._wanted(request.query)
        listing, armed = self.registrations.listing(), self.registrations.armed()
        part = window(wanted, listing.keys, self.dialect)
        rows = range(part.start, part.stop) if part.is_part else EVERY_ROW
        if armed.fault is not None and armed.strikes(rows, len(listing)):
            extra = _extra(armed.fault)
            return self.strike(armed.fault, lambda: self._users(wanted, extra))
        return self._users(wanted)

    def _wanted(self, query: str) -> Asked:
        """Return what a query asks for, or what a fault makes of it."""
        wanted = asked(query, self.max_page_size, self.dialect)
        if self.registrations.armed().name == "page_size_capped":
            return replace(wanted, size=max(1, wanted.size // 3))
        if self.registrations.armed().name == "same_page_forever":
            first = {"page": self.dialect.first_page, "offset": 0}
            return replace(wanted, place=first.get(wanted.paging))
        return wanted

    def _users(self, wanted: Asked, extra: Extra | None = None) -> Answer:
        listing, name = self.registrations.listing(), self.registrations.armed().name
        part = window(wanted, listing.keys, self.dialect)
        dialect = _renamed(self.dialect) if name == "key_renamed" else self.dialect
        total = len(listing) + (name == "total_lies")
        head, tail = around(dialect, part, total, extra)
        if part.is_part:
            return Answer(200, [head + listing.page(part.start, part.stop) + tail])
        return Answer(200, _whole(head, listing, tail))


def _whole(head: bytes, listing: Roll | Tale, tail: bytes) -> Iterator[bytes | memoryview]:
    """Yield the whole list a chunk at a time, holding one back to drop its last comma."""
    held: bytes | memoryview = head
    for piece in listing.pieces(0, len(listing)):
        yield held
        held = piece
    yield held[:-1] if len(listing) else held
    yield tail


def _renamed(dialect: Dialect) -> Dialect:
    """Return the dialect with another key for the list; a bare array gets one."""
    outer, dot, last = (dialect.list_key or "").rpartition(".")
    other = "entries" if last == "users" else "users"
    return dialect.model_copy(update={"list_key": f"{outer}{dot}{other}"})


def _extra(fault: Fault) -> Extra | None:
    """Return what a fault puts beside the list."""
    if fault.name == "huge_page":
        return "padding", b'"' + b"x" * fault.padding + b'"'
    if fault.name == "deep_json":
        return "nested", b"[" * DEPTH + b"]" * DEPTH
    return None
