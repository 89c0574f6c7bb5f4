"""One question to a server, asked until it is answered: the JSON text, or the error that fits."""

import contextlib
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import requests
import tenacity
import urllib3
from requests.auth import HTTPBasicAuth

from include.arm.allowance import Allowance
from include.arm.answers import Busy, content
from include.arm.endpoints import Endpoint
from include.arm.errors import ArmError, SettingsInvalid, Unavailable, UntrustedCertificate
from include.arm.transport import Transport

log = logging.getLogger(__name__)

ATTEMPTS = 5
"""How often one request is sent before the server counts as unavailable."""

BACK_OFF = tenacity.wait_exponential_jitter(initial=1, max=30, jitter=1)
"""Seconds between attempts, where the server names none: 1, 2, 4, 8, each plus up to 1."""

REFUSED_BYTES = 1 << 16
"""So much of an answer is heard that is refused by its status or type."""


@dataclass(frozen=True)
class Heard:
    """One answer as it came: what was asked, and the status, headers and body that came."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


Listener = Callable[[Heard], None]


class Exchange:
    """All that is asked of one server while one list is read, within one deadline.

    `session`, `clock` (monotonic seconds) and `sleep` may be replaced, by a test for one.
    `listener` is told each answer, those too that are refused. `attempts` is how often one request
    is sent while the server is busy.
    """

    def __init__(
        self,
        settings: Endpoint,
        *,
        session: requests.Session | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
        listener: Listener | None = None,
        attempts: int = ATTEMPTS,
    ) -> None:
        self._settings = settings
        self._transport = Transport(settings, session)
        self.allowance = Allowance(settings.deadline, clock)
        self._sleep = sleep or self.allowance.pause
        self._listener = listener
        self._attempts = attempts

    def __enter__(self) -> Self:
        if self._settings.do_not_verify:
            log.warning(
                "%s: the certificate is not verified (do_not_verify)", self._settings.base_url
            )
        self._transport.cut_after(self._settings.deadline)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._transport.close()

    def stop(self) -> None:
        """Give up all that is under way in other threads."""
        self.allowance.end()
        self._transport.cut()

    def basic(self) -> HTTPBasicAuth:
        """The credentials, for a request that sends them itself."""
        password = self._settings.password.get_secret_value()
        return HTTPBasicAuth(self._settings.login.encode(), password.encode())

    def ask(self, method: str, path: str, **request: Any) -> bytes:
        """Send one request, again while the server is busy, and return the JSON text it answers.

        `request` is what `requests` takes: params, json, files, headers, auth. Raises the ArmError
        that fits.
        """
        where = self.where(path, request.get("params"))
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Busy),
            wait=_wait,
            stop=lambda state: (
                state.attempt_number >= self._attempts
                or state.upcoming_sleep >= self.allowance.left()
            ),
            sleep=self._sleep,
            retry_error_callback=lambda state: self._give_up(state, where),
        )
        answer: bytes = retrying(self._attempt, method, path, where, request)
        return answer

    def where(self, path: str, query: Mapping[str, Any] | None = None) -> str:
        """The request as a message names it."""
        pairs = "&".join(f"{key}={value}" for key, value in (query or {}).items())
        return f"{self._settings.base_url}{path}" + (f"?{pairs}" if pairs else "")

    def _attempt(self, method: str, path: str, where: str, request: Mapping[str, Any]) -> bytes:
        response = self._send(method, path, where, request)
        most = self._settings.max_answer_mb << 20
        with response:
            try:
                body = content(response, where, self.allowance, most)
            except ArmError:
                if self._listener is not None:
                    self._listener(_heard(method, where, response, _unread(response)))
                self.allowance.check(where)
                raise
        self.allowance.check(where)  # what was cut at the deadline may look like an answer
        if self._listener is not None:
            self._listener(_heard(method, where, response, body))
        return body

    def _send(
        self, method: str, path: str, where: str, request: Mapping[str, Any]
    ) -> requests.Response:
        left = self.allowance.check(where)
        settings = self._settings
        try:
            return self._transport.session.request(
                method,
                settings.base_url + path,
                timeout=(min(settings.connect_timeout, left), min(settings.read_timeout, left)),
                verify=_verify(settings),
                allow_redirects=False,
                stream=True,
                **request,
            )
        except (requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError) as error:
            raise SettingsInvalid(f"host: {settings.host} is no host name") from error
        except requests.exceptions.SSLError as error:
            if _is_distrust(error):
                raise UntrustedCertificate(
                    f"{where}: the certificate is not trusted ({_reason(error)}); if it is the "
                    "right server, set ca_file or fingerprint to what it shows now, which numbers "
                    "connection test tells: compare it on the server itself first"
                ) from error
            raise Busy(f"{where}: the TLS connection failed ({_reason(error)})") from error
        except (requests.ConnectionError, requests.Timeout) as error:
            raise Busy(f"{where}: no answer ({_reason(error)})") from error

    def _give_up(self, state: tenacity.RetryCallState, where: str) -> bytes:
        error = state.outcome.exception() if state.outcome else None
        if state.attempt_number < self._attempts:
            raise self.allowance.exceeded(where) from error
        times = f", {self._attempts} times" if self._attempts > 1 else ""
        raise Unavailable(
            f"{error}{times}; see that the server is up and not busy, then read again"
        ) from error


def _heard(method: str, where: str, response: requests.Response, body: bytes) -> Heard:
    return Heard(method, where, response.status_code, response.headers, body)


def _unread(response: requests.Response) -> bytes:
    """What nobody has read yet of an answer, as far as it comes."""
    body = b""
    with contextlib.suppress(urllib3.exceptions.HTTPError, OSError):
        body = response.raw.read(REFUSED_BYTES, decode_content=True)
    return body


class Client:
    """What asks one server, for as long as its deadline allows. A context manager.

    `exchange` is what an Exchange takes beside the settings.
    """

    def __init__(self, settings: Endpoint, **exchange: Any) -> None:
        self._exchange = Exchange(settings, **exchange)

    def __enter__(self) -> Self:
        self._exchange.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._exchange.__exit__()


def _verify(settings: Endpoint) -> bool | str:
    if settings.ca_file is not None:
        return str(settings.ca_file)
    return not settings.do_not_verify and settings.fingerprint is None


def _is_distrust(error: requests.exceptions.SSLError) -> bool:
    signs = ("CERTIFICATE_VERIFY_FAILED", "Fingerprints did not match", "X509")
    return any(sign in str(error) for sign in signs)


def _reason(error: requests.RequestException) -> str:
    """The innermost cause that has something to say."""
    cause: object = error.args[0] if error.args else error
    cause = getattr(cause, "reason", cause)
    said = re.sub(r"^<?\w*(Connection|Pool)\([^)]*\)>?: ", "", str(cause))
    return f"{type(cause).__name__}: {said}" if isinstance(cause, Exception) else said


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, Busy) and error.retry_after is not None:
        return error.retry_after
    return BACK_OFF(state)
