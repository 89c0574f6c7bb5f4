"""What an answer of the server means: one JSON object, or the error that fits.

Nothing but a 200 with a whole body that says it is JSON, and is an object, is let through.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
import requests
import urllib3

from include.arm.allowance import Allowance
from include.arm.errors import (
    ArmError,
    AuthenticationFailed,
    Forbidden,
    Incomplete,
    Malformed,
    Unavailable,
)

Record = dict[str, Any]

BUSY = {409, 429, 502, 503, 504}
CHUNK_BYTES = 1 << 18


class Busy(Unavailable):
    """A failure that may pass; `retry_after` is when the server says so, in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def content(response: requests.Response, where: str, allowance: Allowance) -> Record:
    """The object in the answer. Raises Busy when asking again may help, else what it means."""
    _check_status(response, where)
    return _decode(_body(response, where, allowance), where)


def _check_status(response: requests.Response, where: str) -> None:
    """Return only for a 200 that says it is JSON."""
    status = response.status_code
    if status in BUSY:
        raise Busy(f"{where} answered {status}", _retry_after(response.headers))
    if status != 200:
        kind, advice = _refusal(status)
        raise kind(f"{where} answered {status}; {advice}")
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type != "application/json" and not content_type.endswith("+json"):
        raise Malformed(
            f"{where} answered {content_type or 'something of no type'}, not JSON; check host, "
            "port and path"
        )


def _refusal(status: int) -> tuple[type[ArmError], str]:
    """The error for a status that is neither 200 nor worth another attempt."""
    if status == 401:
        return AuthenticationFailed, "check login, password and authentication"
    if status in (403, 405):
        return Forbidden, "give this login the right to list registered users, or check the path"
    if 300 <= status < 400:
        return Malformed, "redirects are not followed; set host, port and path to where it leads"
    if status == 204:
        return Malformed, "an answer without a list is not an empty list"
    if status >= 500:
        return Unavailable, "look at the server's log, then read again"
    return Malformed, "check the path, paging and its parameters"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait (RFC 9110, 10.2.3), by the server's own clock where it names a date."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    at, now = _date(value), _date(headers.get("Date", "")) or datetime.now(UTC)
    return None if at is None else max(0.0, (at - now).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _body(response: requests.Response, where: str, allowance: Allowance) -> bytes:
    """The whole body, as it comes, so that a trickle cannot outlast the read.

    Raises Incomplete when it is shorter than announced, which urllib3 sees, or damaged.
    """
    chunks = []
    try:
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            chunks.append(chunk)
            allowance.check(where)
    except urllib3.exceptions.HTTPError as error:
        allowance.check(where)
        raise Incomplete(f"{where}: the answer was cut off or damaged; read again") from error
    return b"".join(chunks)


def _decode(body: bytes, where: str) -> Record:
    if not body.strip():
        raise Malformed(f"{where} answered nothing, which is not an empty list; read again")
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"{where} answered broken JSON: {error}; read again") from error
    if not isinstance(answer, dict):
        raise Malformed(f"{where} answered JSON that is no object; check the path")
    return answer
