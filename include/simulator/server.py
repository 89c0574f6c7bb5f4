"""The simulator as a running HTTPS server, for tests and for the command line."""

from __future__ import annotations

import asyncio
import secrets
import socket
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import uvicorn

from include.simulator.access import Access, Authentication
from include.simulator.application import Application
from include.simulator.certificates import Certificate, certificate
from include.simulator.dialect import Dialect
from include.simulator.faults import Fault
from include.simulator.pages import Record
from include.simulator.population import Population
from include.simulator.registrations import Registrations
from include.simulator.script import Script
from include.simulator.service import Service

HOST = "127.0.0.1"
START_SECONDS = 20.0


class NotStarted(RuntimeError):
    """The server did not come up: the message says where."""


@dataclass(frozen=True)
class Served:
    """A running device: where it is, how to get in, what it was asked."""

    host: str
    port: int
    certificate: Path
    fingerprint: str
    application: Service

    @property
    def url(self) -> str:
        """The address in front of every path."""
        return f"https://{self.host}:{self.port}"

    @property
    def username(self) -> str:
        """The one user there is."""
        return self.application.access.username

    @property
    def password(self) -> str:
        """The user's password."""
        return self.application.access.password

    @property
    def requests(self) -> Counter[tuple[str, int]]:
        """How many requests were answered so far, by path and status."""
        return Counter(self.application.requests)

    def set_clock(self, now: datetime | None) -> None:
        """Make it `now` (aware) in the script; None goes back to the time of day."""
        self.application.registrations.clock = now

    def set_fault(self, fault: Fault | None) -> None:
        """Set a fault anew; None goes back to those of the script."""
        self.application.registrations.set_fault(fault)

    def listed(self) -> list[Record]:
        """Return the records of the list as it is served at this moment, by our field names."""
        return self.application.listed()

    def truth(self) -> list[Record]:
        """Return who is registered now, however the list tells it, by our field names."""
        return self.application.truth()


@dataclass(frozen=True)
class Simulator(Served):
    """A running ARM."""

    application: Application


@contextmanager
def running(  # noqa: PLR0913 - each has a default, and a test names the one it is about
    population: Population,
    script: Script | None = None,
    *,
    authentication: Authentication = "basic",
    username: str = "arm",
    password: str | None = None,
    port: int = 0,
    clock: datetime | None = None,
    max_page_size: int = 10_000,
    certificates: Path | None = None,
    fault: Fault | None = None,
    dialect: Dialect | None = None,
) -> Iterator[Simulator]:
    """Serve `population` over HTTPS on 127.0.0.1 until the block ends.

    Port 0 takes a free one; a password left out is drawn at random; a page asked for larger than
    `max_page_size` is cut to it. The certificate is kept in the folder `certificates`, or
    for the block alone. Raises OSError when the port is taken, NotStarted when nothing comes up,
    ValueError when the fault is about a node that there is not.
    """
    spoken = dialect or Dialect()
    application = Application(
        Registrations(population, script or Script(), clock=clock, fault=fault, dialect=spoken),
        Access(authentication, username, password or secrets.token_urlsafe(12)),
        dialect=spoken,
        max_page_size=max_page_size,
    )
    with serving(application, port, certificates) as (at, shown):
        yield Simulator(HOST, at, shown.path, shown.fingerprint, application)


@contextmanager
def serving(
    application: Service, port: int, certificates: Path | None
) -> Iterator[tuple[int, Certificate]]:
    """Serve the application until the block ends, and tell its port and the certificate shown."""
    with ExitStack() as stack:
        folder = certificates or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        shown = certificate(folder)
        listener = stack.enter_context(_listening(port))
        stack.enter_context(_served(application, listener, shown))
        yield listener.getsockname()[1], shown


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    """The server around an application, which its faults reach through."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = asyncio.Event()

    def transport(self, client: tuple[str, int]) -> asyncio.WriteTransport | None:
        """Return the connection to a client, while there is one."""
        for connection in self.server_state.connections:
            if getattr(connection, "client", None) == client:
                transport: asyncio.WriteTransport = connection.transport
                return transport
        return None

    def change_certificate(self) -> None:
        """Show another certificate to whoever connects from now on."""
        if self.config.ssl is None:
            raise RuntimeError("the server shows no certificate")
        with tempfile.TemporaryDirectory() as folder:
            other = certificate(Path(folder))
            self.config.ssl.load_cert_chain(other.path, other.key)

    async def main_loop(self) -> None:
        """Wait to be told to stop, instead of looking ten times a second."""
        await self.on_tick(0)
        self._loop = asyncio.get_running_loop()
        if not self.should_exit:
            await self._told.wait()

    def stop(self) -> None:
        """Tell it to stop, from another thread."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Cut whatever is open: a TLS farewell waits for clients that may never say theirs."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        if tasks := list(self.server_state.tasks):
            await asyncio.wait(tasks, timeout=2)  # they are told that their client is gone


@contextmanager
def _served(application: Service, listener: socket.socket, shown: Certificate) -> Iterator[None]:
    server = _Server(
        uvicorn.Config(
            application,
            interface="asgi3",
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=75,
            ssl_certfile=shown.path,
            ssl_keyfile=shown.key,
        )
    )
    application.host = server
    thread = threading.Thread(target=server.run, args=([listener],), name="simulator", daemon=True)
    thread.start()
    try:
        _await_start(server, thread)
        yield
    finally:
        server.stop()
        thread.join()


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    waited = threading.Event()
    for _ in range(int(START_SECONDS / 0.01)):
        if server.started:
            return
        if not thread.is_alive():
            break
        waited.wait(0.01)
    raise NotStarted(f"the simulator did not come up within {START_SECONDS:g} seconds")
