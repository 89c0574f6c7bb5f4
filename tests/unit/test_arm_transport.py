"""A server that speaks TLS and nothing sensible: no trickle of bytes outlasts the deadline."""

import contextlib
import gzip
import json
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from include.arm import ArmError, ArmSettings, DeadlineExceeded, Incomplete, Malformed, Unavailable
from include.arm.client import ArmClient
from include.simulator.certificates import Certificate, certificate
from tests.fake_arm import rows

Talk = Callable[[socket.socket], None]
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("certificates"))


@contextmanager
def server(shown: Certificate, talk: Talk, *, plain: bool = False) -> Iterator[ArmSettings]:
    """Whoever connects is talked to by `talk`, after the TLS handshake unless `plain`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.path, shown.key)
    listener = socket.create_server(("127.0.0.1", 0))

    def one(raw: socket.socket) -> None:
        with contextlib.suppress(OSError), raw:
            if plain:
                talk(raw)
                return
            with context.wrap_socket(raw, server_side=True) as connection:
                connection.recv(65536)
                talk(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield ArmSettings(
            host="127.0.0.1",
            port=listener.getsockname()[1],
            login="a",
            password="b",
            ca_file=shown.path,
            connect_timeout=0.5,
            read_timeout=0.5,
            deadline=1,
        )
    finally:
        listener.close()


def drip(start: bytes, drop: bytes) -> Talk:
    """Bytes that come often enough for every time-out of a socket, and never end."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(drop)
            time.sleep(0.1)

    return talk


def once(answer: bytes) -> Talk:
    return lambda connection: connection.sendall(answer)


def read(settings: ArmSettings, **changes: Any) -> list[dict[str, Any]]:
    with ArmClient(settings.model_copy(update=changes)) as client:
        return client.registered_users().read(rows)


@pytest.mark.parametrize(
    "talk",
    [
        drip(b"", b"H"),
        drip(b"HTTP/1.1 200 OK\r\n", b"X"),
        drip(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        drip(JSON + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
        drip(JSON + b"Content-Length: 100000\r\n\r\n", b" "),
        drip(JSON + b"\r\n", b" "),
    ],
    ids=["status", "header", "headers", "size of a chunk", "body", "body without a length"],
)
def test_a_trickle_is_cut_at_the_deadline(shown: Certificate, talk: Talk) -> None:
    begin = time.monotonic()
    with server(shown, talk) as settings, pytest.raises((DeadlineExceeded, Unavailable)):
        read(settings)
    assert time.monotonic() - begin < 2


def test_a_handshake_that_trickles_is_cut_at_the_deadline(shown: Certificate) -> None:
    begin = time.monotonic()
    hello = drip(b"\x16\x03\x03\x40\x00", b"\x02")
    with server(shown, hello, plain=True) as settings, pytest.raises(ArmError):
        read(settings)
    assert time.monotonic() - begin < 2


def answered(body: bytes, *headers: bytes) -> bytes:
    lines = [b"Content-Length: %d" % len(body), *headers, b"Connection: close"]
    return JSON + b"\r\n".join(lines) + b"\r\n\r\n" + body


LIST = json.dumps({"total": 1, "registeredUsers": [{"id": 1, "aor": "1000"}]}).encode()


def test_a_packed_answer_is_unpacked(shown: Certificate) -> None:
    with server(shown, once(answered(gzip.compress(LIST), b"Content-Encoding: gzip"))) as settings:
        assert read(settings) == [{"id": 1, "aor": "1000"}]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (gzip.compress(LIST)[:-1], Incomplete),
        (gzip.compress(LIST)[:-8] + bytes(8), Incomplete),
        (gzip.compress(LIST) + b"more", Incomplete),
        (gzip.compress(LIST) * 2, Incomplete),
        (b"", Incomplete),
        (LIST, Incomplete),
        (gzip.compress(b" " * (1 << 18)) * 300, Incomplete),
        (gzip.compress(b" " * (3 << 20)), Malformed),
    ],
    ids=["short", "damaged", "more", "twice", "empty", "not packed", "many bombs", "a bomb"],
)
def test_a_packed_answer_that_is_not_one_whole_list_is_an_error(
    shown: Certificate, body: bytes, error: type[ArmError]
) -> None:
    packed = answered(body, b"Content-Encoding: gzip")
    with server(shown, once(packed)) as settings, pytest.raises(error):
        read(settings, max_answer_mb=2)


@pytest.mark.parametrize("encoding", [b"br", b"deflate", b"gzip, gzip", b"nonsense"])
def test_an_encoding_that_was_not_asked_for_is_an_error(
    shown: Certificate, encoding: bytes
) -> None:
    answer = answered(LIST, b"Content-Encoding: " + encoding)
    with server(shown, once(answer)) as settings, pytest.raises(Malformed, match="not asked for"):
        read(settings)


def test_bytes_that_are_no_http_are_an_error(shown: Certificate) -> None:
    chance = random.Random(4)
    for _ in range(20):
        noise = chance.randbytes(chance.randrange(2000))
        with server(shown, once(noise)) as settings, pytest.raises(ArmError):
            read(settings, deadline=0.3)


def test_endless_headers_are_an_error(shown: Certificate) -> None:
    many = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + b"\r\n"
    with server(shown, once(many)) as settings, pytest.raises((Unavailable, DeadlineExceeded)):
        read(settings)
