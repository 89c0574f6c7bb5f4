"""The HTTPS connections to one server: which certificate is trusted, and how they are cut."""

import contextlib
import socket
import threading
from typing import Any
from weakref import WeakSet

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from include.arm.endpoints import Endpoint


class Transport:
    """A session with one server, until it is closed.

    Proxies, `.netrc` and other settings of the environment are left alone, so that the password
    goes where the settings say, and nowhere else.
    """

    def __init__(self, settings: Endpoint, session: requests.Session | None = None) -> None:
        self.session = session or _new_session(settings)
        self.session.trust_env = False
        self._timer: threading.Timer | None = None

    def close(self) -> None:
        """End the session."""
        if self._timer is not None:
            self._timer.cancel()
        self.session.close()

    def cut_after(self, seconds: float) -> None:
        """Cut every connection then, whatever it is doing.

        Time-outs hold for one wait on a socket: a server that sends a byte of its headers now and
        then would never run into one.
        """
        self._timer = threading.Timer(seconds, self.cut)
        self._timer.daemon = True
        self._timer.start()

    def cut(self) -> None:
        """Cut every connection now: who waits for an answer gets an error instead."""
        for adapter in self.session.adapters.values():
            if isinstance(adapter, _Adapter):
                adapter.cut()


def _new_session(settings: Endpoint) -> requests.Session:
    session = requests.Session()
    session.headers["Accept-Encoding"] = "gzip"  # what is unpacked here, with bounds
    session.mount("https://", _Adapter(settings.fingerprint))
    if settings.do_not_verify:
        # Each read says so itself; urllib3 would say it for every page.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return session


class _Connection(HTTPSConnection):
    """A connection that another thread can cut, while it is made too."""

    adapter: "_Adapter"
    _handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        # TLS takes the socket over; a handle of our own still reaches the connection.
        self._handle = made.dup()
        self.adapter.opened.add(self)
        if self.adapter.was_cut:
            self.cut()
        return made

    def cut(self) -> None:
        if (handle := self._handle) is not None:
            with contextlib.suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._handle is not None:
            self._handle.close()
            self._handle = None


class _Adapter(HTTPAdapter):
    """Trusts one certificate, whoever signed it, where there is a fingerprint; can be cut."""

    def __init__(self, fingerprint: str | None) -> None:
        self._fingerprint = fingerprint
        self.opened: WeakSet[_Connection] = WeakSet()
        self.was_cut = False
        super().__init__(pool_maxsize=16)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        if self._fingerprint is not None:
            kwargs["assert_fingerprint"] = self._fingerprint
        super().init_poolmanager(*args, **kwargs)
        connection = type("_Connection", (_Connection,), {"adapter": self})
        pool = type("_Pool", (HTTPSConnectionPool,), {"ConnectionCls": connection})
        self.poolmanager.pool_classes_by_scheme = {"https": pool}

    def cut(self) -> None:
        """Cut what is open, and whatever is opened yet: a name may still be looked up."""
        self.was_cut = True
        for connection in list(self.opened):
            connection.cut()
