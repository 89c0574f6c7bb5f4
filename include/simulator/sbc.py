"""One node's own REST API, as the vendor documents it for a Mediant SBC. Basic only.

The vendor's text gives the paths, the upload and the shape of its answer, and the CLI's words; the
body of the indicators and the layout of the list are [unverified].
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any, Literal

from include.simulator.access import Access
from include.simulator.answers import Answer, Handler, Request, refused, told
from include.simulator.contacts import aors, lines
from include.simulator.faults import EVERY_ROW, Fault
from include.simulator.pages import Record
from include.simulator.population import Population
from include.simulator.registrations import Registrations
from include.simulator.script import Script
from include.simulator.server import HOST, Served, serving
from include.simulator.service import Service

STATISTICS = "/api/v1/kpi/current/sbc/otherStats/global"
REGISTERED_USERS = f"{STATISTICS}/registeredUsers"
CLI_SCRIPT = "/api/v1/files/cliScript/incremental"
LIST_COMMAND = "show voip register db sbc list"

Level = Literal["administrator", "monitor"]
LineBreaks = Literal["dots", "newlines"]
BREAKS: dict[LineBreaks, str] = {"dots": ". ", "newlines": "\n"}


class Sbc(Service):
    """The ASGI application of one node; while `busy` it takes no script."""

    kind = "sbc"

    def __init__(
        self,
        registrations: Registrations,
        access: Access,
        node: str,
        *,
        level: Level,
        line_breaks: LineBreaks,
    ) -> None:
        super().__init__(registrations, access)
        registrations.population.node(node)
        self.node = node
        self.level = level
        self.line_breaks = line_breaks
        self.busy = False
        self.routes |= {
            STATISTICS: {"GET": self._open(self._statistics)},
            REGISTERED_USERS: {"GET": self._open(self._registered_users)},
            CLI_SCRIPT: {"PUT": self._open(self._cli_script)},
        }

    def settings(self) -> dict[str, Any]:
        """Return what a connection to it must say besides host and login."""
        return {"node": self.node}

    def listed(self) -> list[Record]:
        """Return the node's records as they are served at this moment."""
        return [one for one in super().listed() if one["nodeName"] == self.node]

    def truth(self) -> list[Record]:
        """Return who is registered at the node now."""
        return [one for one in super().truth() if one["nodeName"] == self.node]

    def _open(self, handler: Handler) -> Handler:
        """Return the handler behind the login, and struck by the fault in force."""

        def opened(request: Request) -> Answer:
            if not self.access.allows(request.authorization):
                return self.unauthorized()
            armed = self.registrations.armed()
            if armed.fault is not None and armed.strikes(EVERY_ROW, 0):
                return self.strike(armed.fault, lambda: handler(request))
            return handler(request)

        return opened

    def _statistics(self, _: Request) -> Answer:
        return told(200, _indicators(aors(self.listed())))

    def _registered_users(self, _: Request) -> Answer:
        return told(200, {"id": "registeredUsers", "value": aors(self.listed())})

    def _cli_script(self, request: Request) -> Answer:
        if self.level != "administrator":
            return refused(403, "loading a script needs the level of an administrator")
        if self.busy:
            return refused(409, "another file is being loaded")
        if " ".join(_uploaded(request).split()) != LIST_COMMAND:
            return refused(400, f"the file must hold one command: {LIST_COMMAND}")
        ip_groups = list(dict.fromkeys(self.registrations.population.ip_groups))
        output = BREAKS[self.line_breaks].join(lines(self.listed(), ip_groups))
        loaded = "Incremental CLI Script file was loaded."
        return told(200, {"description": loaded, "output": output})


def _indicators(registered_users: int) -> dict[str, Any]:
    """Return the body of the indicators [unverified]: the vendor's text gives none."""
    indicators = {"registeredUsers": registered_users, "activeCalls": 0, "transcodingSessions": 0}
    return {"sbc": {"otherStats": {"global": indicators}}}


def _uploaded(request: Request) -> str:
    """Return the text of the part `file` in a multipart body; blank when there is none."""
    head = f"Content-Type: {request.content_type}\r\n\r\n".encode("latin-1")
    for part in message_from_bytes(head + request.body).walk():
        if part.get_param("name", header="content-disposition") == "file":
            return _text(part)
    return ""


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", errors="replace") if isinstance(payload, bytes) else ""


@dataclass(frozen=True)
class RunningSbc(Served):
    """A running SBC."""

    application: Sbc


@contextmanager
def running_sbc(  # noqa: PLR0913 - each has a default, and a test names the one it is about
    population: Population,
    node: str,
    script: Script | None = None,
    *,
    username: str = "Admin",
    password: str | None = None,
    port: int = 0,
    clock: datetime | None = None,
    certificates: Path | None = None,
    fault: Fault | None = None,
    level: Level = "administrator",
    line_breaks: LineBreaks = "dots",
) -> Iterator[RunningSbc]:
    """Serve the SBC called `node` over HTTPS on 127.0.0.1 until the block ends.

    The rest is as for `running`. `level` is the login's; `line_breaks` is how the lines of the
    CLI's output are told apart, dots as in the vendor's example. A fault of one request strikes
    every request to the API, `times` times.
    """
    application = Sbc(
        Registrations(population, script or Script(), clock=clock, fault=fault),
        Access("basic", username, password or secrets.token_urlsafe(12)),
        node,
        level=level,
        line_breaks=line_breaks,
    )
    with serving(application, port, certificates) as (at, shown):
        yield RunningSbc(HOST, at, shown.path, shown.fingerprint, application)
