"""Each fault does on the wire what its name says, in every paging, with either authentication."""

from __future__ import annotations

import json
import logging
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
import urllib3

from include.simulator.access import Authentication
from include.simulator.faults import FAULTS, HOLDING, Armed, Fault
from include.simulator.mishaps import BOMB_MIB, bomb
from include.simulator.population import Population
from include.simulator.script import Script, ScriptInvalid, load
from include.simulator.server import Simulator, running

USERS = "/ARM/v1/registeredUsers"
LOGIN = "/ARM/v1/login"
FAULT = "/simulator/fault"
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
POPULATION = Population(users=100, nodes=3)
LAST = "SBC-NYC-1"
SIZE = 30
MOST = 1 << 20
FIRST: dict[str, dict[str, Any]] = {
    "none": {},
    "page": {"page": 1, "pageSize": SIZE},
    "offset": {"offset": 0, "limit": SIZE},
    "cursor": {"limit": SIZE},
}
MIDDLE = {"offset": 30, "limit": SIZE}  # the page that holds the middle row


class Broken(Exception):
    """The answer is no list: the message says in which way."""


class Client(requests.Session):
    """Asks one simulator for its list, page by page, and gives up on an answer that is none."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__()
        self.simulator = simulator
        self.verify = str(simulator.certificate)
        self.trust_env = False
        self.patience = 5.0
        self.sign_in()

    def sign_in(self) -> None:
        simulator = self.simulator
        if simulator.application.access.authentication == "basic":
            self.auth = (simulator.username, simulator.password)
            return
        login = {"username": simulator.username, "password": simulator.password}
        token = self.ask(LOGIN, "POST", json=login).json()["token"]
        self.headers["Authorization"] = f"Bearer {token}"

    def ask(self, path: str = USERS, method: str = "GET", **more: Any) -> requests.Response:
        url = self.simulator.url + path
        return self.request(method, url, **{"timeout": 10, "allow_redirects": False} | more)

    def page(self, query: dict[str, Any]) -> dict[str, Any]:
        """The object that the list's path answers. Raises Broken."""
        try:
            answer = self.ask(params=query, stream=True, timeout=self.patience)
        except requests.Timeout:
            raise Broken("silent") from None
        with answer:
            body = _body(answer, self.patience)
        if answer.status_code != 200:
            raise Broken(str(answer.status_code))
        try:
            document: dict[str, Any] = json.loads(body)
        except RecursionError:
            raise Broken("too deep") from None
        except ValueError:
            raise Broken("no JSON") from None
        if "registeredUsers" not in document:
            raise Broken("no list")
        return document

    def walk(self, paging: str, pages: int = 20) -> list[dict[str, Any]]:
        """The whole list, or what so many pages have of it. Raises Broken."""
        listed: list[dict[str, Any]] = []
        query = dict(FIRST[paging])
        for _ in range(pages):
            document = self.page(query)
            listed += document["registeredUsers"]
            if paging == "none" or not document["registeredUsers"]:
                break
            if paging == "cursor":
                query["cursor"] = document["nextCursor"]
                if query["cursor"] is None:
                    break
            else:
                query |= (
                    {"page": query["page"] + 1} if paging == "page" else {"offset": len(listed)}
                )
        return listed


def _body(answer: requests.Response, patience: float) -> bytes:
    body, until = b"", time.monotonic() + patience
    try:
        while part := answer.raw.read1(MOST, decode_content=True):
            body += part
            if len(body) > 8 * MOST:
                raise Broken("too long")
            if time.monotonic() > until:
                raise Broken("slow")
    except urllib3.exceptions.HTTPError:
        raise Broken("cut") from None
    return body


@contextmanager
def asking(
    fault: Fault | None = None,
    script: Script | None = None,
    authentication: Authentication = "basic",
    **more: Any,
) -> Iterator[Client]:
    started = running(POPULATION, script, authentication=authentication, **more)
    with started as simulator, Client(simulator) as client:
        client.ask()  # the first answer takes longer, and some tests look at the time
        simulator.application.requests.clear()
        simulator.set_fault(fault)
        yield client


@pytest.fixture(scope="module")
def by_basic() -> Iterator[Client]:
    with asking() as client:
        yield client


@pytest.fixture(scope="module")
def by_login() -> Iterator[Client]:
    with asking(authentication="login") as client:
        yield client


@pytest.fixture
def client(by_basic: Client) -> Iterator[Client]:
    by_basic.patience = 5
    yield by_basic
    by_basic.simulator.set_fault(None)


STRUCK = {
    "token_expires_at_page": "401",
    "forbidden": "403",
    "method_not_allowed": "405",
    "no_content_400": "400",
    "no_content_204": "204",
    "empty_body": "no JSON",
    "conflict_409": "409",
    "rate_limited": "429",
    "rate_limited_until": "429",
    "unavailable_flap": "503",
    "bad_gateway": "502",
    "gateway_timeout": "504",
    "html_login_200": "no JSON",
    "redirect_to_login": "302",
    "error_object_200": "no list",
    "gzip_bomb": "too long",
    "truncated": "no JSON",
    "connection_cut": "cut",
    "length_mismatch": "cut",
    "slow_drip": "slow",
    "never_answers": "silent",
    "key_renamed": "no list",
    "deep_json": "too deep",
    "certificate_changed": "503",
}
"""What a list request comes to when it is struck; the other faults let it pass."""


@pytest.mark.parametrize("paging", FIRST)
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("authentication", ["basic", "login"])
def test_every_fault_strikes_in_every_paging_with_either_authentication(
    request: pytest.FixtureRequest, authentication: Authentication, name: str, paging: str
) -> None:
    fault = Fault(name, pause=0.02, padding=100_000)
    if name in ("certificate_changed", "shift_insert", "shift_delete"):
        with asking(fault, authentication=authentication) as client:
            _strikes(client, fault, paging)
        return
    shared: Client = request.getfixturevalue(f"by_{authentication}")
    shared.simulator.set_fault(fault)
    try:
        _strikes(shared, fault, paging)
    finally:
        shared.simulator.set_fault(None)
        shared.sign_in()


def _strikes(client: Client, fault: Fault, paging: str) -> None:
    client.patience = 0.2 if fault.name in ("slow_drip", "never_answers") else 5
    before = client.simulator.requests
    if fault.name in STRUCK:
        with pytest.raises(Broken, match=STRUCK[fault.name]):
            client.walk(paging)
        asked = (client.simulator.requests - before).total()
        assert asked == (1 if paging == "none" or fault.name in HOLDING else 2)
    elif fault.name == "same_page_forever":
        assert client.walk(paging, pages=3)[-1]["id"] <= (
            POPULATION.users if paging == "none" else SIZE + 5
        )
    elif fault.name.startswith("shift_"):
        listed = len(client.simulator.listed())
        client.walk(paging)
        change = {"shift_insert": 1, "shift_delete": -1}[fault.name]
        assert len(client.simulator.listed()) - listed == change
    else:
        assert client.walk(paging) == client.simulator.listed()
    assert 500 not in {status for _, status in client.simulator.requests}


def test_every_fault_says_what_it_does_and_which_faults_of_the_table_it_stands_for() -> None:
    assert len(FAULTS) == 40
    assert all(kind.does and kind.numbers for kind in FAULTS.values())
    scripted_by_events = {19, 23}
    told = {number for kind in FAULTS.values() for number in kind.numbers}
    assert told == set(range(1, 24)) - scripted_by_events
    assert FAULTS.keys() >= HOLDING
    assert FAULTS.keys() >= STRUCK.keys()


def test_a_fault_of_no_name_is_refused() -> None:
    with pytest.raises(ValueError, match="no fault 'gremlin'; there are bad_gateway"):
        Fault("gremlin")


def test_a_fault_about_no_node_is_refused(client: Client) -> None:
    with pytest.raises(ValueError, match="no node 'SBC-ROM-1'"):
        client.simulator.set_fault(Fault("node_down", node="SBC-ROM-1"))


# Where and how often it strikes


@pytest.mark.parametrize("row", [0, 29, 30, 59, 99])
def test_it_strikes_at_the_page_that_holds_its_row(client: Client, row: int) -> None:
    client.simulator.set_fault(Fault("forbidden", row=row))
    queries = [{"offset": offset, "limit": SIZE} for offset in range(0, 100, SIZE)]
    statuses = [client.ask(params=query).status_code for query in queries]
    assert statuses == [403 if at == row // SIZE else 200 for at in range(4)]


@pytest.mark.parametrize(("times", "struck"), [(1, 1), (3, 3), (None, 5)])
def test_it_strikes_so_many_times(client: Client, times: int | None, struck: int) -> None:
    client.simulator.set_fault(Fault("bad_gateway", times=times))
    statuses = [client.ask(params=MIDDLE).status_code for _ in range(5)]
    assert statuses == [502] * struck + [200] * (5 - struck)


def test_set_anew_it_strikes_again(client: Client) -> None:
    fault = Fault("bad_gateway", times=1)
    for _ in range(2):
        client.simulator.set_fault(fault)
        assert [client.ask().status_code for _ in range(2)] == [502, 200]


def test_a_busy_server_is_busy_twice_by_default(client: Client) -> None:
    client.simulator.set_fault(Fault("rate_limited"))
    answers = [client.ask() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "1"


def test_a_date_to_wait_for_is_two_seconds_after_the_servers_own(client: Client) -> None:
    client.simulator.set_fault(Fault("rate_limited_until"))
    headers = client.ask().headers
    wait = parsedate_to_datetime(headers["Retry-After"]) - parsedate_to_datetime(headers["Date"])
    assert wait == timedelta(seconds=2)
    assert "," not in headers["Date"].removeprefix(headers["Date"][:4])


def test_flapping_fails_every_other_request_from_the_strike_on(client: Client) -> None:
    client.simulator.set_fault(Fault("unavailable_flap"))
    first = {"offset": 0, "limit": SIZE}
    asked = [first, MIDDLE, first, first, MIDDLE, MIDDLE]
    statuses = [client.ask(params=query).status_code for query in asked]
    assert statuses == [200, 503, 200, 503, 200, 503]


# Over HTTP, in a script, on record


def test_a_fault_is_set_over_the_wire(client: Client) -> None:
    put = client.ask(FAULT, "PUT", json={"fault": {"name": "conflict_409", "row": 3}})
    assert (
        put.json()["fault"] | {"name": "conflict_409", "row": 3, "times": None}
        == (client.ask(FAULT).json()["fault"])
    )
    assert client.ask().status_code == 409
    assert client.ask(FAULT, "PUT", json={"fault": None}).json() == {"fault": None}
    assert client.ask().status_code == 200


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"name": "gremlin"}, "fault.name"),
        ({"row": 3}, "fault.name"),
        ({"name": "forbidden", "row": -1}, "fault.row"),
        ({"name": "forbidden", "colour": "red"}, "fault.colour"),
        ({"name": "node_down", "node": "SBC-ROM-1"}, "no node 'SBC-ROM-1'"),
    ],
)
def test_a_fault_that_is_none_is_refused_over_the_wire(
    client: Client, fault: dict[str, Any], named: str
) -> None:
    answer = client.ask(FAULT, "PUT", json={"fault": fault})
    assert (answer.status_code, answer.json()["error"][: len(named)]) == (400, named)
    assert client.ask(FAULT).json() == {"fault": None}


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_setting_a_fault_needs_the_login(client: Client, method: str) -> None:
    answer = requests.request(
        method, client.simulator.url + FAULT, verify=client.verify, timeout=10, json={}
    )
    assert answer.status_code == 401


def test_a_script_has_faults_in_windows_of_its_clock(tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(
        """
        faults:
          - {from: 2026-11-16T12:00:00Z, until: 2026-11-16T13:00:00Z, fault: conflict_409, times: 1}
          - {from: 2026-11-16T13:00:00Z, until: 2026-11-16T14:00:00Z, fault: bad_gateway, row: 0}
        """
    )
    statuses = []
    with asking(script=load(path, POPULATION)) as client:
        for at in (NOON - HOUR, NOON, NOON, NOON + HOUR, NOON + 2 * HOUR):
            client.simulator.set_clock(at)
            statuses.append(client.ask().status_code)
        client.simulator.set_clock(NOON)
        client.simulator.set_fault(Fault("gateway_timeout"))
        statuses.append(client.ask().status_code)
    assert statuses == [200, 409, 200, 502, 200, 504]


@pytest.mark.parametrize(
    ("window", "named"),
    [
        ("from: 2026-11-16T12:00:00Z, until: 2026-11-16T12:00:00Z, fault: forbidden", "faults.0"),
        ("from: 2026-11-16T12:00:00Z, fault: forbidden", "faults.0.until"),
        ("from: noon, until: 2026-11-16T12:00:00Z, fault: forbidden", "faults.0.from"),
        ("from: 2026-11-16T11:00:00Z, until: 2026-11-16T12:00:00Z, fault: gremlin", "fault.name"),
        ("from: 2026-11-16T11:00:00Z, until: 2026-11-16T12:00:00Z", "faults.0.fault"),
        (
            "from: 2026-11-16T11:00:00Z, until: 2026-11-16T12:00:00Z, fault: node_down, node: X",
            "faults.0.node: no node 'X'",
        ),
    ],
)
def test_a_mistake_in_a_window_is_named_by_its_key(tmp_path: Path, window: str, named: str) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(f"faults: [{{{window}}}]")
    with pytest.raises(ScriptInvalid, match=named):
        load(path, POPULATION)


def test_every_request_is_logged_in_order_with_its_query(client: Client) -> None:
    client.simulator.set_fault(Fault("token_expires_at_page"))
    client.ask(params=MIDDLE)
    client.ask("/nowhere")
    client.ask()
    log = list(client.simulator.application.log)[-3:]
    assert log == [(f"{USERS}?offset=30&limit=30", 401), ("/nowhere", 404), (USERS, 200)]


# Credentials


def test_all_tokens_expire_and_a_new_login_helps() -> None:
    with asking(Fault("token_expires_at_page"), authentication="login") as client:
        assert client.ask(params=FIRST["offset"]).status_code == 200
        statuses = [client.ask(params=query).status_code for query in (MIDDLE, FIRST["offset"])]
        assert statuses == [401, 401]
        client.sign_in()
        assert client.walk("offset") == client.simulator.truth()


@pytest.mark.parametrize("authentication", ["basic", "login"])
def test_three_refusals_lock_everyone_out_for_good(authentication: Authentication) -> None:
    fault = Fault("lockout_after_3")
    with asking(fault, authentication=authentication) as client, requests.Session() as wrong:
        wrong.verify, wrong.trust_env = client.verify, False
        simulator = client.simulator

        def refusal() -> int:
            return wrong.get(simulator.url + USERS, auth=("arm", "wrong"), timeout=10).status_code

        assert [refusal(), client.ask().status_code, refusal()] == [401, 200, 401]
        assert not simulator.application.locked
        assert [refusal(), refusal(), client.ask().status_code] == [401, 403, 403]
        simulator.set_fault(None)
        assert simulator.application.locked
        assert client.ask("/nowhere").status_code == 403


def test_a_refused_login_counts_towards_the_lock() -> None:
    with asking(Fault("lockout_after_3"), authentication="login") as client:
        wrong = {"username": "arm", "password": "wrong"}
        statuses = [client.ask(LOGIN, "POST", json=wrong).status_code for _ in range(4)]
        assert statuses == [401, 401, 401, 403]


# Answers instead of the list


def test_a_login_page_is_html(client: Client) -> None:
    client.simulator.set_fault(Fault("html_login_200"))
    answer = client.ask()
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<form" in answer.text
    client.simulator.set_fault(Fault("redirect_to_login"))
    assert client.ask().headers["Location"] == "/login.html"


def test_no_content_comes_in_three_ways(client: Client) -> None:
    client.simulator.set_fault(Fault("no_content_400"))
    assert client.ask().json()["description"] == "No content"
    client.simulator.set_fault(Fault("no_content_204"))
    assert "Content-Length" not in client.ask().headers
    client.simulator.set_fault(Fault("empty_body"))
    headers = client.ask().headers
    assert (headers["Content-Type"], headers["Content-Length"]) == ("application/json", "0")


def test_a_bomb_is_small_and_unpacks_to_blanks(client: Client) -> None:
    client.simulator.set_fault(Fault("gzip_bomb"))
    with client.ask(stream=True) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert int(answer.headers["Content-Length"]) == len(bomb()) < 4 << 20
        unpacked = sum(len(part) for part in answer.iter_content(MOST))
    assert unpacked == BOMB_MIB << 20


# The page, spoilt on its way


def test_a_truncated_page_has_a_length_that_fits(client: Client) -> None:
    whole = client.ask(params=MIDDLE).content
    client.simulator.set_fault(Fault("truncated"))
    answer = client.ask(params=MIDDLE)
    assert answer.content == whole[: len(whole) // 2]
    assert int(answer.headers["Content-Length"]) == len(answer.content)


def test_a_connection_is_cut_after_half_of_the_body(client: Client) -> None:
    client.simulator.set_fault(Fault("connection_cut"))
    with client.ask(params=MIDDLE, stream=True) as answer:
        assert answer.headers["Transfer-Encoding"] == "chunked"
        assert len(answer.raw.read1(MOST)) > 1_000
        with pytest.raises(urllib3.exceptions.ProtocolError):
            answer.raw.read1(MOST)


def test_less_is_sent_than_the_length_says(client: Client) -> None:
    client.simulator.set_fault(Fault("length_mismatch"))
    with client.ask(params=MIDDLE, stream=True) as answer:
        assert int(answer.headers["Content-Length"]) > 10_000
        with pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
            answer.raw.read()


def test_a_drip_pauses_between_a_few_bytes(client: Client) -> None:
    client.simulator.set_fault(Fault("slow_drip", pause=0.02))
    with client.ask(params=MIDDLE, stream=True) as answer:
        began = time.monotonic()
        assert len(answer.raw.read(20)) == 20
        assert 0.06 < time.monotonic() - began < 2
        assert int(answer.headers["Content-Length"]) * 0.2 / 4 > 180


def test_silence_and_a_drip_hold_up_neither_others_nor_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with asking(Fault("slow_drip", times=1)) as client:
        dripping = client.ask(stream=True)
        client.simulator.set_fault(Fault("never_answers", times=1))
        with pytest.raises(requests.ReadTimeout):
            client.ask(timeout=0.2)
        assert client.ask().status_code == 200
        began = time.monotonic()
    assert time.monotonic() - began < 1.5
    assert client.simulator.requests == {(USERS, 200): 2, (USERS, 0): 1}
    dripping.close()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_what_breaks_on_purpose_is_not_logged(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.patience = 0.2
    for name in ("connection_cut", "length_mismatch", "never_answers", "slow_drip"):
        client.simulator.set_fault(Fault(name))
        with pytest.raises(Broken):
            client.walk("none")
    client.simulator.set_fault(None)
    assert client.walk("none")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


# The envelope


def test_a_renamed_key_holds_the_whole_list(client: Client) -> None:
    client.simulator.set_fault(Fault("key_renamed"))
    assert client.ask().json() == {"total": 100, "users": client.simulator.truth()}


def test_a_total_that_lies_is_one_too_many(client: Client) -> None:
    client.simulator.set_fault(Fault("total_lies"))
    total = len(client.simulator.truth())
    assert [client.ask(params=FIRST[paging]).json()["total"] for paging in FIRST] == [total + 1] * 4


def test_a_huge_page_carries_padding_beside_the_list(client: Client) -> None:
    client.simulator.set_fault(Fault("huge_page"))
    answer = client.ask(params=MIDDLE).json()
    assert len(answer.pop("padding")) == 8 << 20
    client.simulator.set_fault(None)
    assert client.ask(params=MIDDLE).json() == answer


def test_deep_json_comes_before_the_list(client: Client) -> None:
    client.simulator.set_fault(Fault("deep_json"))
    text = client.ask(params=MIDDLE).content
    assert text.count(b"[" * 200_000) == text.count(b"]" * 200_000) == 1
    assert text.index(b"[[[") < text.index(b'"registeredUsers"')


# Which part of the list


@pytest.mark.parametrize(("paging", "twice"), [("page", 1), ("offset", 1), ("cursor", 0)])
def test_someone_arriving_moves_rows_down(paging: str, twice: int) -> None:
    with asking(Fault("shift_insert")) as client:
        before = client.simulator.truth()
        assert [user["id"] for user in before] == list(range(2, 101))
        ids = [user["id"] for user in client.walk(paging)]
        assert len(ids) - len(set(ids)) == twice
        after = client.simulator.truth()
        assert [user["id"] for user in after] == list(range(1, 101))
        assert set(ids) == {user["id"] for user in before}
        assert client.walk(paging) == after
        client.simulator.set_fault(None)
        assert client.simulator.truth() == after


def test_whom_the_script_has_absent_arrives_first() -> None:
    script = Script.model_validate({"events": [{"at": NOON, "action": "leave", "users": 5}]})
    with asking(Fault("shift_insert"), script, clock=NOON) as client:
        assert [user["id"] for user in client.simulator.truth()][:6] == [1, 2, 3, 4, 5, 7]
        client.ask(params=MIDDLE)
        assert client.simulator.truth()[5]["id"] == 6


def test_whoever_is_held_back_comes_when_the_fault_is_over() -> None:
    with asking(Fault("shift_insert", times=3)) as client:
        assert len(client.simulator.truth()) == 97
        client.simulator.set_fault(None)
        assert len(client.simulator.truth()) == 100


@pytest.mark.parametrize(("paging", "missed"), [("page", 1), ("offset", 1), ("cursor", 0)])
def test_someone_leaving_moves_rows_up(paging: str, missed: int) -> None:
    with asking(Fault("shift_delete")) as client:
        read = {user["id"] for user in client.walk(paging)}
        after = client.simulator.truth()
        assert len(after) == 99
        assert len({user["id"] for user in after} - read) == missed
        gone = set(range(1, 101)) - {user["id"] for user in after}
        assert max(gone) <= 25
        client.simulator.set_fault(None)
        assert client.walk(paging) == after


@pytest.mark.parametrize(("name", "change"), [("shift_insert", 1), ("shift_delete", -1)])
def test_shifting_without_end_moves_another_one_at_every_strike(name: str, change: int) -> None:
    with asking(Fault(name, times=None)) as client:
        sizes = [len(client.simulator.truth())]
        for _ in range(3):
            client.ask(params=MIDDLE)
            sizes.append(len(client.simulator.truth()))
    assert [after - before for before, after in pairwise(sizes)] == [change] * 3


def test_paging_is_ignored(client: Client) -> None:
    for paging in ("page", "offset", "cursor"):
        client.simulator.set_fault(None)
        first = client.page(FIRST[paging])
        client.simulator.set_fault(Fault("same_page_forever"))
        second = {"page": {"page": 2}, "offset": {"offset": SIZE}, "cursor": {}}[paging]
        if paging == "cursor":
            second = {"cursor": first["nextCursor"]}
        assert client.page(FIRST[paging] | second) == first


@pytest.mark.parametrize(("asked", "given"), [(30, 10), (2, 1), (1, 1)])
def test_a_page_is_capped_to_a_third(client: Client, asked: int, given: int) -> None:
    client.simulator.set_fault(Fault("page_size_capped"))
    answer = client.ask(params={"page": 2, "pageSize": asked}).json()
    assert (answer["pageSize"], len(answer["registeredUsers"])) == (given, given)


# Who is on the list


def test_an_empty_list_is_valid_and_a_lie(client: Client) -> None:
    client.simulator.set_fault(Fault("empty_after_restart"))
    assert client.ask().json() == {"total": 0, "registeredUsers": []}
    assert len(client.simulator.truth()) == 100


@pytest.mark.parametrize("node", [None, "SBC-LON-1"])
def test_a_node_that_is_down_has_no_users(client: Client, node: str | None) -> None:
    client.simulator.set_fault(Fault("node_down", node=node))
    answer = client.ask().json()
    rest = [user for user in client.simulator.truth() if user["nodeName"] != (node or LAST)]
    assert answer == {"total": len(rest), "registeredUsers": rest}
    assert 0 < len(rest) < 100


def test_a_stale_node_still_lists_those_who_left_but_not_those_who_never_came() -> None:
    events = [
        {"at": NOON, "action": "leave", "users": "0-49"},
        {"at": NOON, "action": "move", "users": 60, "node": LAST},
        {"at": NOON + HOUR, "action": "leave", "users": 60},
        {"at": NOON + 9 * HOUR, "action": "arrive", "users": "90-99"},
    ]
    script = Script.model_validate({"events": events})
    with asking(Fault("stale_node"), script, clock=NOON + HOUR) as client:
        stale = {user["id"] for user in client.walk("offset")}
        truth = {user["id"] for user in client.simulator.truth()}
        home = [POPULATION.node_names[node] for node in POPULATION.home(np.arange(50))]
        left = {user + 1 for user, node in enumerate(home) if node == LAST} | {61}
    assert truth == set(range(51, 91)) - {61}
    assert stale - truth == left
    assert truth < stale


def test_every_seventh_is_not_active(client: Client) -> None:
    client.simulator.set_fault(Fault("not_active"))
    listed = client.walk("offset")
    assert [at for at, user in enumerate(listed) if not user["active"]] == list(range(6, 100, 7))
    assert all(user["active"] for user in client.simulator.truth())


def test_every_fifth_has_two_contacts(client: Client) -> None:
    client.simulator.set_fault(Fault("several_contacts"))
    listed = client.walk("cursor")
    assert len(listed) == len({user["id"] for user in listed}) == 120
    assert {user["aor"] for user in listed} == {user["aor"] for user in client.simulator.truth()}
    first, second = listed[4:6]
    changed = {key for key in first if first[key] != second[key]}
    assert changed == {"id", "contact"}


def test_numbers_come_in_eight_spellings(client: Client) -> None:
    truth = [user for user in client.simulator.truth() if user["aor"].startswith("+")]
    client.simulator.set_fault(Fault("number_formats"))
    listed = {user["id"]: user for user in client.simulator.listed()}
    plain = [user["aor"][1:] for user in truth]
    hosts = [f"10.8.{user['nodeId']}.1" for user in truth]
    dashed = "-".join([plain[5][:2], plain[5][2:4], plain[5][4:8], plain[5][8:]])
    assert [listed[user["id"]]["aor"] for user in truth[:9]] == [
        f"+{plain[0]}",
        f"00{plain[1]}",
        plain[2],
        f"sip:+{plain[3]}@{hosts[3]};user=phone",
        f"sip:%2B{plain[4]}@{hosts[4]}",
        f"tel:+{dashed}",
        f'"Sue, Desk 3" <sip:+{plain[6]}@{hosts[6]}:5061;transport=tls>',
        f"SIPS:+{plain[7]}@[2001:db8::1]",
        f"+{plain[8]}",
    ]
    others = {user["id"]: user for user in client.simulator.truth() if user not in truth}
    assert {key: listed[key] for key in others} == others


def test_one_extension_is_registered_at_two_sites(client: Client) -> None:
    client.simulator.set_fault(Fault("same_extension_two_sites"))
    first, second = client.walk("page")[-2:]
    assert (first["aor"], second["aor"]) == ("7001@10.8.1.1", "7001@10.8.2.1")
    assert (first["nodeName"], second["nodeName"]) == POPULATION.node_names[:2]
    assert client.simulator.truth()[-2:] == [first, second]


def test_types_drift_from_row_to_row(client: Client) -> None:
    client.simulator.set_fault(Fault("types_drift"))
    first, second, third = client.walk("none")[:3]
    assert (first["id"], second["id"], third["id"]) == (1, "2", 3)
    assert first["expires"] in {"60", "180", "300", "600", "3600"}
    assert (first["active"], first["nodeId"].isdigit()) == ("true", True)
    assert [third[key] for key in ("contact", "expires", "userAgent")] == [None] * 3
    assert isinstance(first["location"], dict)


# TLS


def test_another_certificate_is_shown_from_the_strike_on() -> None:
    with asking(Fault("certificate_changed")) as client:
        simulator = client.simulator
        address = (simulator.host, simulator.port)
        first = simulator.certificate.read_text()
        assert ssl.get_server_certificate(address).split() == first.split()
        assert client.ask(params=FIRST["offset"]).status_code == 200
        struck = client.ask(params=MIDDLE)
        assert (struck.status_code, struck.headers["Connection"]) == (503, "close")
        assert ssl.get_server_certificate(address).split() != first.split()
        with pytest.raises(requests.exceptions.SSLError, match="self-signed"):
            client.ask(params=MIDDLE)
        assert client.get(simulator.url + USERS, verify=_shown(simulator)).status_code == 200


def _shown(simulator: Simulator) -> str:
    path = simulator.certificate.with_name("shown.pem")
    path.write_text(ssl.get_server_certificate((simulator.host, simulator.port)))
    return str(path)


def test_an_armed_fault_counts_only_its_strikes() -> None:
    armed = Armed(Fault("forbidden", times=2))
    struck = [armed.strikes(range(start, start + 10), 40) for start in (0, 20, 10, 20, 20)]
    assert struck == [False, True, False, True, False]
    assert armed.struck == 2
    assert not Armed().strikes(range(1), 1)
