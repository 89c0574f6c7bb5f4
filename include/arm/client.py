"""Reads the registered users of one AudioCodes Routing Manager: all of them, or an error.

A read ends in one of two ways: every page has been handed out and the list's own totals agree with
what was seen, or an ArmError is raised. No answer but a well-formed list is ever taken for one.
"""

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import requests
import tenacity
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from include.arm.allowance import Allowance
from include.arm.answers import Busy, Record, content
from include.arm.errors import (
    AuthenticationFailed,
    Malformed,
    SettingsInvalid,
    Unavailable,
    UntrustedCertificate,
)
from include.arm.listing import Evidence, Listing, Query
from include.arm.settings import ArmSettings

__all__ = ["ArmClient", "Evidence", "Listing"]

ATTEMPTS = 5
"""How often one request is sent before the server counts as unavailable."""

BACK_OFF = tenacity.wait_exponential_jitter(initial=1, max=30, jitter=1)
"""Seconds between attempts, where the server names none: 1, 2, 4, 8, each plus up to 1."""


class ArmClient:
    """A session with one ARM. A context manager; the session ends with it.

    `session`, `clock` (monotonic seconds) and `sleep` may be replaced, by a test for one.
    """

    def __init__(
        self,
        settings: ArmSettings,
        *,
        session: requests.Session | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._sleep = sleep
        self._session = session or _new_session(settings)
        self._session.trust_env = False
        self._token: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def registered_users(self) -> Listing:
        """The list of registered users, to be iterated once, page by page."""
        return Listing(self.settings, self._fetch, self._clock)

    def _fetch(self, query: Query, allowance: Allowance) -> Record:
        """The JSON object that the list's path answers to the query.

        A token that is refused is replaced by a new login, once in the time of one `allowance`.
        Raises the ArmError that fits when there is no such object.
        """
        path = self.settings.registered_users_path
        if self.settings.authentication == "basic":
            return self._exchange("GET", path, allowance, params=query, auth=self._basic())
        if self._token is None:
            self._token = self._login(allowance)
        try:
            return self._exchange("GET", path, allowance, params=query, headers=self._bearer())
        except AuthenticationFailed:
            if allowance.logged_in_again:
                raise
            allowance.logged_in_again = True
            self._token = self._login(allowance)
            return self._exchange("GET", path, allowance, params=query, headers=self._bearer())

    def _basic(self) -> HTTPBasicAuth:
        settings = self.settings
        password = settings.password.get_secret_value()
        return HTTPBasicAuth(settings.login.encode(), password.encode())

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _login(self, allowance: Allowance) -> str:
        settings = self.settings
        credentials = {
            "username": settings.login,
            "password": settings.password.get_secret_value(),
        }
        answer = self._exchange("POST", settings.login_path, allowance, json=credentials)
        token = answer.get(settings.token_key)
        if not (isinstance(token, str) and token and token.isascii() and token.isprintable()):
            raise Malformed(
                f"{self._where(settings.login_path)} answered without a token under "
                f"{settings.token_key!r}; set token_key and login_path as the API has them"
            )
        return token

    def _exchange(self, method: str, path: str, allowance: Allowance, **request: Any) -> Record:
        """Send one request, again while the server is busy, and return the object it answers."""
        where = self._where(path, request.get("params"))
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Busy),
            wait=_wait,
            stop=lambda state: (
                state.attempt_number >= ATTEMPTS or state.upcoming_sleep >= allowance.left()
            ),
            sleep=self._sleep,
            retry_error_callback=lambda state: _give_up(state, where, allowance),
        )
        answer: Record = retrying(self._attempt, method, path, where, allowance, request)
        return answer

    def _attempt(
        self, method: str, path: str, where: str, allowance: Allowance, request: Mapping[str, Any]
    ) -> Record:
        response = self._send(method, path, where, allowance, request)
        with response:
            return content(response, where, allowance)

    def _send(
        self, method: str, path: str, where: str, allowance: Allowance, request: Mapping[str, Any]
    ) -> requests.Response:
        left = allowance.check(where)
        settings = self.settings
        try:
            return self._session.request(
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
                    "right server, set ca_file or fingerprint to what it shows now"
                ) from error
            raise Busy(f"{where}: the TLS connection failed ({_reason(error)})") from error
        except (requests.ConnectionError, requests.Timeout) as error:
            raise Busy(f"{where}: no answer ({_reason(error)})") from error

    def _where(self, path: str, query: Query | None = None) -> str:
        """The request as a message names it."""
        pairs = "&".join(f"{key}={value}" for key, value in (query or {}).items())
        return f"{self.settings.base_url}{path}" + (f"?{pairs}" if pairs else "")


def _new_session(settings: ArmSettings) -> requests.Session:
    session = requests.Session()
    if settings.fingerprint is not None:
        session.mount("https://", _PinnedAdapter(settings.fingerprint))
    if not settings.verify:
        # Each read says so itself; urllib3 would say it for every page.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return session


class _PinnedAdapter(HTTPAdapter):
    """Trusts one certificate, whoever signed it."""

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, assert_fingerprint=self._fingerprint, **kwargs)


def _verify(settings: ArmSettings) -> bool | str:
    if settings.ca_file is not None:
        return str(settings.ca_file)
    return settings.verify and settings.fingerprint is None


def _is_distrust(error: requests.exceptions.SSLError) -> bool:
    signs = ("CERTIFICATE_VERIFY_FAILED", "Fingerprints did not match", "X509")
    return any(sign in str(error) for sign in signs)


def _reason(error: requests.RequestException) -> str:
    """The innermost cause that has something to say."""
    cause: object = error.args[0] if error.args else error
    cause = getattr(cause, "reason", cause)
    return f"{type(cause).__name__}: {cause}" if isinstance(cause, Exception) else str(cause)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, Busy) and error.retry_after is not None:
        return error.retry_after
    return BACK_OFF(state)


def _give_up(state: tenacity.RetryCallState, where: str, allowance: Allowance) -> Record:
    error = state.outcome.exception() if state.outcome else None
    if state.attempt_number < ATTEMPTS:
        raise allowance.exceeded(where) from error
    raise Unavailable(
        f"{error}, {ATTEMPTS} times; see that the server is up and not busy, then read again"
    ) from error
