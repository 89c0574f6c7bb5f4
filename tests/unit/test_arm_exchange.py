"""What a listener hears of an exchange, and how often one request is sent."""

from typing import Any

import pytest

from include.arm import ArmError, ArmSettings, Malformed, Unavailable
from include.arm.exchange import REFUSED_BYTES, Exchange, Heard
from tests.fake_arm import Answer, Clock, FakeServer, session

JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html"}


def exchange(answer: Answer, **changes: Any) -> tuple[Exchange, FakeServer, list[Heard]]:
    server, clock, heard = FakeServer(lambda _: answer), Clock(), []
    settings = ArmSettings(host="arm", login="api", password="secret", max_answer_mb=1)
    told: list[Heard] = heard
    made = Exchange(
        settings,
        session=session(server),
        clock=clock,
        sleep=clock.sleep,
        listener=told.append,
        **changes,
    )
    return made, server, told


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (401, {**JSON, "WWW-Authenticate": "Basic"}, b'{"error": "who?"}'),
        (404, HTML, b"<html>nothing here</html>"),
        (200, HTML, b"<html>log in</html>"),
        (302, {"Location": "/login"}, b""),
        (200, JSON, b""),
    ],
)
def test_an_answer_that_is_refused_is_heard(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    made, _, heard = exchange((status, headers, body))
    with pytest.raises(ArmError):
        made.ask("GET", "/users", params={"limit": 2})
    [one] = heard
    assert (one.method, one.url, one.status) == ("GET", "https://arm:443/users?limit=2", status)
    assert (dict(one.headers), one.body) == (headers, body)


def test_of_a_long_refusal_the_beginning_is_heard() -> None:
    made, _, heard = exchange((404, HTML, b"x" * (REFUSED_BYTES + 1)))
    with pytest.raises(Malformed):
        made.ask("GET", "/users")
    assert len(heard[0].body) == REFUSED_BYTES


def test_an_answer_is_heard_as_it_came() -> None:
    made, _, heard = exchange((200, JSON, b'{"total": 0}'))
    assert made.ask("GET", "/users") == heard[0].body == b'{"total": 0}'


@pytest.mark.parametrize(("attempts", "said"), [(1, "answered 503; see"), (3, "503, 3 times; see")])
def test_a_request_is_sent_as_often_as_asked_for(attempts: int, said: str) -> None:
    made, server, heard = exchange((503, JSON, b"{}"), attempts=attempts)
    with pytest.raises(Unavailable, match=said):
        made.ask("GET", "/users")
    assert len(server.asked) == len(heard) == attempts
