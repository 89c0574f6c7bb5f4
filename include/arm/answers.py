"""What an answer of the server means: one JSON text, or the error that fits.

Nothing but a 200 with a whole body of bounded size that says it is JSON is let through.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

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

BUSY = {409, 429, 502, 503, 504}
CHUNK_BYTES = 1 << 18
RIGHTS = (
    "give this login the right to list registered users (on an SBC: Administrator level), or check "
    "the path"
)


class Busy(Unavailable):
    """A failure that may pass; `retry_after` is when the server says so, in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def content(response: requests.Response, where: str, allowance: Allowance, most: int) -> bytes:
    """The JSON text in the answer, of at most so many bytes.

    Raises Busy when asking again may help, else what the answer means.
    """
    _check_status(response, where)
    body = _body(response, where, allowance, most)
    if not body.strip():
        raise Malformed(f"{where} answered nothing, which is not an empty list; read again")
    return body


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


_REFUSALS: dict[int, tuple[type[ArmError], str]] = {
    204: (Malformed, "an answer without a list is not an empty list"),
    401: (AuthenticationFailed, "check login, password and authentication"),
    403: (Forbidden, RIGHTS),
    404: (Malformed, "there is no such path; set it as the API has it"),
    405: (Forbidden, RIGHTS),
}


def _refusal(status: int) -> tuple[type[ArmError], str]:
    """The error for a status that is neither 200 nor worth another attempt."""
    if status in _REFUSALS:
        return _REFUSALS[status]
    if 300 <= status < 400:
        return Malformed, "redirects are not followed; set host, port and path to where it leads"
    if status >= 500:
        return Unavailable, "look at the server's log, then read again"
    return Malformed, "check the path, and the names of what is sent: parameters, keys of a login"


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
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _body(response: requests.Response, where: str, allowance: Allowance, most: int) -> bytes:
    """The whole body, as it comes, so that a trickle cannot outlast the reading.

    Raises Incomplete when it is shorter than announced, which urllib3 sees, or damaged.
    """
    body, unpacker = bytearray(), _unpacker(response, where)
    try:
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
            allowance.check(where)
            for piece in unpacker.pieces(chunk):
                body += piece
                if len(body) > most:
                    raise _too_much(where, most)
        unpacker.check()
    except (urllib3.exceptions.HTTPError, zlib.error, EOFError, OSError) as error:
        allowance.check(where)
        raise Incomplete(f"{where}: the answer was cut off or damaged; read again") from error
    return bytes(body)


class _Plain:
    """A body that is as it is."""

    def pieces(self, chunk: bytes) -> Iterable[bytes]:
        return (chunk,)

    def check(self) -> None:
        """Nothing to do: urllib3 holds the body to the length that was announced."""


class _Gzip:
    """A body in one member of gzip, unpacked a piece at a time, so that no bomb is ever held.

    Not left to urllib3 (2.8), which runs out of memory on some bodies of several members.
    """

    def __init__(self) -> None:
        self._unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        if self._unpacking.eof:
            raise EOFError("more comes after the end")
        while chunk:
            yield self._unpacking.decompress(chunk, CHUNK_BYTES)
            chunk = self._unpacking.unconsumed_tail
        if self._unpacking.unused_data:
            raise EOFError("more comes after the end")

    def check(self) -> None:
        if not self._unpacking.eof:
            raise EOFError("the end is missing")


def _unpacker(response: requests.Response, where: str) -> _Plain | _Gzip:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return _Plain()
    if encoding == "gzip":
        return _Gzip()
    raise Malformed(f"{where} answered in the encoding {encoding}, which was not asked for")


def _too_much(where: str, most: int) -> Malformed:
    return Malformed(
        f"{where} answered more than {most >> 20} MiB; set paging as the API has it, or page_size "
        "lower, or max_answer_mb higher"
    )
