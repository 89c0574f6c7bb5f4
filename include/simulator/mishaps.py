"""What a fault makes of the answer to the request that it strikes."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from functools import cache

from include.simulator.answers import Answer, refused, told
from include.simulator.faults import MIB, Fault

BOMB_MIB = 256
GZIP = 31  # the wbits of zlib that write a gzip header
LATER = 2
LOGIN_PAGE = b"""<!DOCTYPE html>
<html><head><title>Login</title></head>
<body><form method="post" action="/login.html"><input name="user"><input name="pass"></form></body>
</html>
"""
HTML = {"Content-Type": "text/html; charset=utf-8"}

Make = Callable[[], Answer]


def befall(fault: Fault, good: Make) -> Answer:
    """Return what comes of the `good` answer when the fault strikes."""
    if fault.name in INSTEAD:
        return INSTEAD[fault.name]()
    answer = good()
    spoil = SPOILT.get(fault.name)
    return spoil(answer, fault) if spoil else answer


def _until() -> Answer:
    now = int(time.time())
    headers = {
        "Date": formatdate(now, usegmt=True),
        "Retry-After": formatdate(now + LATER, usegmt=True),
    }
    return refused(429, "too many requests", headers)


@cache
def bomb() -> bytes:
    """Return gzip data of a megabyte or so that unpacks to BOMB_MIB of blanks; made once."""
    packing, blanks = zlib.compressobj(1, wbits=GZIP), b" " * MIB
    return b"".join([*(packing.compress(blanks) for _ in range(BOMB_MIB)), packing.flush()])


def _without_content() -> Answer:
    return told(400, {"code": 400, "description": "No content"})


INSTEAD: dict[str, Make] = {
    "forbidden": lambda: refused(403, "this user may not list registered users"),
    "method_not_allowed": lambda: refused(405, "GET is not allowed here", {"Allow": "POST"}),
    "no_content_400": _without_content,
    "no_content_204": lambda: Answer(204),
    "empty_body": lambda: Answer(200, [b""]),
    "conflict_409": lambda: refused(409, "the units are being synchronised"),
    "rate_limited": lambda: refused(429, "too many requests", {"Retry-After": "1"}),
    "rate_limited_until": _until,
    "unavailable_flap": lambda: refused(503, "try again later", {"Retry-After": "1"}),
    "bad_gateway": lambda: refused(502, "no answer from behind"),
    "gateway_timeout": lambda: refused(504, "no answer from behind in time"),
    "html_login_200": lambda: Answer(200, [LOGIN_PAGE], HTML),
    "redirect_to_login": lambda: Answer(302, [LOGIN_PAGE], HTML | {"Location": "/login.html"}),
    "error_object_200": lambda: told(200, {"error": {"code": 1001, "message": "not ready"}}),
    "gzip_bomb": lambda: Answer(200, [bomb()], {"Content-Encoding": "gzip"}),
}


def _truncated(answer: Answer, _: Fault) -> Answer:
    body = b"".join(answer.body)
    return replace(answer, body=[body[: len(body) // 2]])


SPOILT: dict[str, Callable[[Answer, Fault], Answer]] = {
    "truncated": _truncated,
    "connection_cut": lambda answer, _: replace(answer, manner="cut"),
    "length_mismatch": lambda answer, _: replace(answer, manner="short"),
    "slow_drip": lambda answer, fault: replace(answer, manner="drip", pause=fault.pause),
    "never_answers": lambda answer, _: replace(answer, status=0, manner="never"),
}
