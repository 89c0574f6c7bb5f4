"""The server speaks the wire protocol: authentication, four pagings, and clear refusals."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from include.simulator import access
from include.simulator.pages import records
from include.simulator.population import Population
from include.simulator.script import Script, registered
from include.simulator.server import Simulator, running

USERS = "/ARM/v1/registeredUsers"
CLOCK = "/simulator/clock"
LOGIN = "/ARM/v1/login"
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
POPULATION = Population(users=250)
SCRIPT = Script.model_validate({"events": [{"at": NOON, "action": "leave", "users": "10-19, 249"}]})
BEFORE = NOON - timedelta(hours=1)


class Client(requests.Session):
    """Asks one simulator, with its certificate and the right credentials unless told otherwise."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__()
        self.simulator = simulator
        self.verify = str(simulator.certificate)
        self.trust_env = False
        self.auth = (simulator.username, simulator.password)

    def ask(self, path: str, method: str = "GET", **more: Any) -> requests.Response:
        return self.request(method, self.simulator.url + path, timeout=10, **more)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running(POPULATION, SCRIPT, clock=BEFORE, max_page_size=100) as running_one:
        yield running_one


@pytest.fixture
def client(simulator: Simulator) -> Iterator[Client]:
    simulator.set_clock(BEFORE)
    with Client(simulator) as asking:
        yield asking


def test_without_parameters_the_whole_list_is_served(client: Client) -> None:
    answer = client.ask(USERS)
    assert answer.headers["Content-Type"] == "application/json"
    everyone = records(POPULATION, registered(POPULATION, SCRIPT, BEFORE))
    assert answer.json() == {"total": 250, "registeredUsers": everyone}


def paged(client: Client, start: dict[str, Any], paging: str) -> list[dict[str, Any]]:
    """Follow one paging from its first request to its end."""
    listed: list[dict[str, Any]] = []
    asked = dict(start)
    while True:
        answer = client.ask(USERS, params=asked).json()
        listed += answer["registeredUsers"]
        if paging == "cursor":
            if answer["nextCursor"] is None:
                return listed
            asked["cursor"] = answer["nextCursor"]
        elif len(listed) >= answer["total"]:
            return listed
        elif paging == "page":
            asked["page"] = answer["page"] + 1
        else:
            asked["offset"] = len(listed)


@pytest.mark.parametrize(
    ("paging", "start"),
    [
        ("page", {"page": 1, "pageSize": 60}),
        ("offset", {"offset": 0, "limit": 60}),
        ("cursor", {"limit": 60}),
    ],
)
def test_every_paging_gives_the_same_list(
    client: Client, paging: str, start: dict[str, Any]
) -> None:
    assert paged(client, start, paging) == client.ask(USERS).json()["registeredUsers"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?page=2&pageSize=60", {"total": 250, "page": 2, "pageSize": 60}),
        ("?offset=60&limit=60", {"total": 250, "offset": 60, "limit": 60}),
        ("?page=1&pageSize=5000", {"total": 250, "page": 1, "pageSize": 100}),
        ("?limit=5000&offset=0", {"total": 250, "offset": 0, "limit": 100}),
        ("?offset=240", {"total": 250, "offset": 240, "limit": 100}),
        ("?page=99&pageSize=60", {"total": 250, "page": 99, "pageSize": 60}),
    ],
)
def test_the_envelope_says_which_part_it_is(
    client: Client, query: str, said: dict[str, int]
) -> None:
    answer = client.ask(USERS + query).json()
    del answer["registeredUsers"]
    assert answer == said


def test_a_cursor_skips_nobody_when_others_leave(client: Client, simulator: Simulator) -> None:
    first = client.ask(USERS + "?limit=50").json()
    simulator.set_clock(NOON)
    following = client.ask(USERS, params={"limit": 1, "cursor": first["nextCursor"]}).json()
    assert following["total"] == 239
    assert following["registeredUsers"][0]["id"] == 51


def test_the_last_page_by_cursor_has_no_next(client: Client) -> None:
    first = client.ask(USERS + "?limit=100").json()
    second = client.ask(USERS, params={"limit": 100, "cursor": first["nextCursor"]}).json()
    last = client.ask(USERS, params={"limit": 50, "cursor": second["nextCursor"]}).json()
    assert (len(last["registeredUsers"]), last["nextCursor"]) == (50, None)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("?page=0&pageSize=10", "page"),
        ("?page=1&pageSize=0", "pageSize"),
        ("?offset=-1&limit=10", "offset"),
        ("?offset=0&limit=ten", "limit"),
        ("?offset=0&limit=", "limit"),
        ("?page=1&limit=10", "limit, page"),
        ("?colour=red", "colour"),
        ("?limit=10&cursor=made-up", "cursor"),
        ("?limit=10&limit=20", "twice"),
    ],
)
def test_bad_parameters_are_refused_by_name(client: Client, query: str, named: str) -> None:
    answer = client.ask(USERS + query)
    assert answer.status_code == 400
    assert named in answer.json()["error"]


def test_an_unknown_path_is_not_found(client: Client) -> None:
    answer = client.ask("/ARM/v1/nothing")
    assert (answer.status_code, "/ARM/v1/nothing" in answer.json()["error"]) == (404, True)


def test_a_method_that_is_not_taken_is_named_with_those_that_are(client: Client) -> None:
    answer = client.ask(USERS, "DELETE")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


@pytest.mark.parametrize(
    "authorization",
    [None, "Basic", "Basic !", "Basic eDp5", "Bearer x", "Basic /w=="],
)
@pytest.mark.parametrize("path", [USERS, CLOCK])
def test_wrong_credentials_are_challenged(
    client: Client, path: str, authorization: str | None
) -> None:
    client.auth = None
    headers = {"Authorization": authorization} if authorization else {}
    answer = client.ask(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_the_clock_is_set_over_the_wire(client: Client) -> None:
    put = client.ask(CLOCK, "PUT", json={"now": "2026-11-16T13:00:00+01:00"})
    assert put.status_code == 200
    assert datetime.fromisoformat(client.ask(CLOCK).json()["now"]) == NOON
    assert client.ask(USERS + "?limit=1").json()["total"] == 239


def test_without_a_clock_it_is_the_time_of_day(client: Client, simulator: Simulator) -> None:
    assert client.ask(CLOCK, "PUT", json={"now": None}).json() == {"now": None}
    passed = datetime.now(UTC) >= NOON
    assert client.ask(USERS + "?limit=1").json()["total"] == (239 if passed else 250)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ('{"now": "2026-11-16T13:00:00"}', "now"),
        ('{"now": "soon"}', "now"),
        ("{}", "now"),
        ('{"now": null, "zone": 1}', "zone"),
        ("[", "body"),
        (" " * 70_000 + "{}", "body"),
    ],
)
def test_a_clock_that_is_none_is_refused(client: Client, body: str, named: str) -> None:
    answer = client.ask(CLOCK, "PUT", data=body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(named)
    assert datetime.fromisoformat(client.ask(CLOCK).json()["now"]) == BEFORE


def test_requests_are_counted_by_path_and_status(client: Client, simulator: Simulator) -> None:
    before = simulator.requests
    client.ask(USERS)
    client.ask(USERS + "?page=0")
    client.ask("/nowhere")
    assert simulator.requests - before == {(USERS, 200): 1, (USERS, 400): 1, ("/nowhere", 404): 1}


def test_its_certificate_stands_strict_verification(simulator: Simulator) -> None:
    context = ssl.create_default_context(cafile=str(simulator.certificate))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection((simulator.host, simulator.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        assert secured.version() == "TLSv1.3"


@pytest.fixture
def by_token() -> Iterator[Client]:
    with running(POPULATION, authentication="login") as simulator, Client(simulator) as client:
        client.auth = None
        yield client


def token(client: Client) -> str:
    login = {"username": client.simulator.username, "password": client.simulator.password}
    answer = client.ask(LOGIN, "POST", json=login).json()
    assert answer["expiresIn"] == 3600
    return str(answer["token"])


def test_a_login_gives_a_token_that_opens_the_list(by_token: Client) -> None:
    headers = {"Authorization": f"Bearer {token(by_token)}"}
    assert by_token.ask(USERS, headers=headers).json()["total"] == 250


def test_a_token_expires(by_token: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"Authorization": f"Bearer {token(by_token)}"}
    later = time.monotonic() + 3601
    monkeypatch.setattr(access.time, "monotonic", lambda: later)
    assert by_token.ask(USERS, headers=headers).status_code == 401


def test_with_login_nothing_but_a_token_opens_the_list(by_token: Client) -> None:
    right = (by_token.simulator.username, by_token.simulator.password)
    refused = [
        by_token.ask(USERS),
        by_token.ask(USERS, auth=right),
        by_token.ask(USERS, headers={"Authorization": "Bearer made-up"}),
        by_token.ask(LOGIN, "POST", json={"username": "arm", "password": "wrong"}),
    ]
    assert [answer.status_code for answer in refused] == [401] * 4
    assert {answer.headers["WWW-Authenticate"] for answer in refused} == {'Bearer realm="ARM"'}


def test_a_login_that_is_none_is_a_bad_request(by_token: Client) -> None:
    answer = by_token.ask(LOGIN, "POST", json={"username": "arm"})
    assert (answer.status_code, answer.json()["error"][:8]) == (400, "password")


def test_where_there_is_no_login_its_path_is_unknown(client: Client) -> None:
    assert client.ask(LOGIN, "POST", json={}).status_code == 404


def test_an_empty_population_is_an_empty_list() -> None:
    with running(Population(users=0)) as simulator, Client(simulator) as client:
        assert client.ask(USERS).json() == {"total": 0, "registeredUsers": []}
        assert client.ask(USERS + "?limit=5").json() == {
            "total": 0,
            "nextCursor": None,
            "registeredUsers": [],
        }


def test_it_stops_at_once_though_a_client_keeps_its_connection(tmp_path: Path) -> None:
    with running(POPULATION, certificates=tmp_path) as simulator:
        client = Client(simulator)
        client.ask(USERS + "?limit=1")
        stopping = time.monotonic()
    assert time.monotonic() - stopping < 1.5
    with pytest.raises(requests.ConnectionError):
        client.ask(USERS + "?limit=1")
    client.close()


def test_a_port_that_is_taken_is_said_so(simulator: Simulator) -> None:
    with pytest.raises(OSError, match="in use"), running(POPULATION, port=simulator.port):
        pass
