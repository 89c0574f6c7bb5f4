"""The ARM client: a complete list, or the error that fits. The server is a function."""

import gzip
import io
import json
import logging
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from include.arm import (
    ArmError,
    ArmSettings,
    AuthenticationFailed,
    DeadlineExceeded,
    Forbidden,
    Incomplete,
    Malformed,
    Unavailable,
    UntrustedCertificate,
)
from include.arm.client import ArmClient, Evidence, Listing
from include.arm.exchange import ATTEMPTS
from include.arm.listing import AHEAD_PAGES, TRIES
from include.arm.pages import Page
from tests.fake_arm import Answer, Clock, FakeServer, Serve, rows, session

PAGINGS = ("none", "page", "offset", "cursor")
SECRET = "pässword"


class Trickle(io.BytesIO):
    """A body that comes byte by byte, ten seconds each."""

    def __init__(self, clock: Clock, content: bytes) -> None:
        super().__init__(content)
        self._clock = clock

    def read1(self, *_: object) -> bytes:
        self._clock.now += 10
        return super().read1(1)


def settings(**changes: Any) -> ArmSettings:
    """Pages are asked for one after another, and read once, unless a test says otherwise."""
    plain = {"host": "arm", "login": "api", "password": SECRET}
    once = {} if changes.get("total_key", "total") is None else {"confirm": "when_moved"}
    return ArmSettings(**{**plain, **once, "concurrency": 1, **changes})


def listing(
    serve: Serve, clock: Clock | None = None, **changes: Any
) -> tuple[Listing, FakeServer, Clock]:
    server, clock = FakeServer(serve), clock or Clock()
    client = ArmClient(settings(**changes), session=session(server), clock=clock, sleep=clock.sleep)
    return client.registered_users(), server, clock


def read(serve: Serve, **changes: Any) -> tuple[list[dict[str, Any]], Evidence]:
    users, _, _ = listing(serve, **changes)
    found = users.read(rows)
    return found, users.evidence


def body(content: object, status: int = 200, **headers: str) -> Answer:
    return status, {"Content-Type": "application/json", **headers}, json.dumps(content).encode()


def query(request: requests.PreparedRequest) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.url or "").query))


def users(count: int) -> list[dict[str, Any]]:
    return [{"id": number, "aor": f"+44207946{number:04}"} for number in range(count)]


def arm(rows: list[dict[str, Any]], largest_page: int = 1000) -> Serve:
    """A server that pages as it is asked to, but never more than `largest_page` at once."""

    def serve(request: requests.PreparedRequest) -> Answer:
        asked = query(request)
        if not asked:
            return body({"total": len(rows), "registeredUsers": rows})
        size = min(int(asked.get("pageSize") or asked["limit"]), largest_page)
        start = int(asked.get("offset") or asked.get("cursor") or 0)
        if "page" in asked:
            start = (int(asked["page"]) - 1) * size
        page, end = rows[start : start + size], start + size
        cursor = str(end) if end < len(rows) else None
        return body({"total": len(rows), "nextCursor": cursor, "registeredUsers": page})

    return serve


def always(answer: Answer) -> Serve:
    return lambda _: answer


def in_turn(*answers: Answer) -> Serve:
    """Each answer once, the last one for ever."""
    left: Iterator[Answer] = iter(answers[:-1])
    return lambda _: next(left, answers[-1])


def no_token_but(token: str) -> Serve:
    """A server with login that accepts only `token`, and always hands it out."""

    def serve(request: requests.PreparedRequest) -> Answer:
        if request.method == "POST":
            return body({"token": token, "expiresIn": 3600})
        if request.headers.get("Authorization") != f"Bearer {token}":
            return body({"error": "who?"}, 401)
        return arm(users(3))(request)

    return serve


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("count", [0, 1, 10, 11, 25])
def test_every_user_comes_once_whatever_the_paging(paging: str, count: int) -> None:
    rows, evidence = read(arm(users(count)), paging=paging, page_size=10)
    assert rows == users(count)
    assert (evidence.rows, evidence.total, evidence.duplicates) == (count, count, 0)


@pytest.mark.parametrize("paging", PAGINGS[1:])
def test_a_server_that_caps_the_page_size_is_followed(paging: str) -> None:
    rows, evidence = read(arm(users(25), largest_page=4), paging=paging, page_size=10)
    assert rows == users(25)
    assert evidence.pages == 7


def test_the_pages_are_counted_and_the_time_is_taken() -> None:
    users_, _, clock = listing(arm(users(25)), page_size=10)

    def slowly(pages: Iterable[Page]) -> None:
        for _ in pages:
            clock.now += 2

    users_.read(slowly)
    assert users_.evidence == Evidence(
        pages=3, rows=25, total=25, duplicates=0, nodes={"": 25}, passes=1, seconds=6
    )


def test_there_is_no_evidence_before_the_end() -> None:
    users_, _, _ = listing(arm(users(25)), page_size=10)
    users_.read(next)
    with pytest.raises(Incomplete, match="not read to its end"):
        _ = users_.evidence


def test_rows_are_counted_by_node() -> None:
    found = [{"id": 1, "aor": "1", "nodeName": "N1"}, {"id": 2, "aor": "2", "nodeName": "N1"}]
    _, evidence = read(arm([*found, {"id": 3, "aor": "3", "nodeName": None}]))
    assert evidence.nodes == {"N1": 2, "": 1}


def test_names_of_the_api_are_settings() -> None:
    def serve(request: requests.PreparedRequest) -> Answer:
        assert urlsplit(request.url or "").path == "/v2/users"
        start = int(query(request)["from"])
        return body({"count": "12", "data": users(12)[start : start + 5]})

    rows, evidence = read(
        serve,
        registered_users_path="/v2/users",
        list_key="data",
        total_key="count",
        offset_parameter="from",
        limit_parameter="max",
        page_size=5,
    )
    assert (len(rows), evidence.total) == (12, 12)


def test_fields_may_stand_in_objects_inside() -> None:
    found = [
        {"id": 1, "sip": {"aor": "1000"}, "node": {"name": "N1", "id": 3}},
        {"id": 2, "sip": {"aor": "1001", "more": []}, "node": None},
        {"id": 3, "sip": {"aor": "1002"}},
    ]
    names = {"aor": "sip.aor", "nodeName": "node.name", "nodeId": "node.id"}
    came, evidence = read(arm(found), fields=names, page_size=2, confirm="always")
    assert came == [
        {"id": 1, "aor": "1000", "nodeName": "N1", "nodeId": 3},
        {"id": 2, "aor": "1001"},
        {"id": 3, "aor": "1002"},
    ]
    assert (evidence.nodes, evidence.passes) == ({"N1": 1, "": 2}, 2)


def test_without_a_total_an_empty_page_ends_the_list() -> None:
    def serve(request: requests.PreparedRequest) -> Answer:
        start = int(query(request)["offset"])
        return body({"registeredUsers": users(12)[start : start + 5]})

    rows, evidence = read(serve, total_key=None, page_size=5)
    assert rows == users(12)
    assert evidence.total is None


def test_a_user_that_slips_onto_the_next_page_too_is_counted_not_dropped() -> None:
    first, second = users(10), users(15)[9:]
    rows, evidence = read(
        in_turn(
            body({"total": 15, "registeredUsers": first}),
            body({"total": 15, "registeredUsers": second}),
        )
    )
    assert rows == first + second
    assert (evidence.rows, evidence.duplicates) == (16, 1)


def test_users_without_id_are_told_apart_by_address_contact_and_node() -> None:
    rows = [
        {"aor": "1000", "contact": "a", "nodeName": "N1"},
        {"aor": "1000", "contact": "b", "nodeName": "N1"},
        {"aor": "1000", "contact": "b", "nodeName": "N2"},
        {"aor": "1000", "contact": "b", "nodeName": "N2"},
    ]
    _, evidence = read(always(body({"total": 3, "registeredUsers": rows})))
    assert evidence.duplicates == 1


def test_the_id_has_the_name_that_the_settings_give_it() -> None:
    rows = [{"key": 1, "aor": "1000"}, {"key": 2, "aor": "1000"}]
    _, evidence = read(always(body({"total": 2, "registeredUsers": rows})), fields={"id": "key"})
    assert evidence.duplicates == 0


@pytest.mark.parametrize(
    ("paging", "total"),
    [(paging, 12) for paging in PAGINGS] + [("none", 9), ("cursor", 9)],
)
def test_a_total_that_the_rows_do_not_reach_or_exceed_is_an_error(paging: str, total: int) -> None:
    def lying(request: requests.PreparedRequest) -> Answer:
        start = int(query(request).get("offset", 0)) + 10 * (int(query(request).get("page", 1)) - 1)
        page = users(10)[start:]
        return body({"total": total, "nextCursor": None, "registeredUsers": page})

    with pytest.raises(Incomplete, match=f"has {total} registered users, and 10 different"):
        read(lying, paging=paging, page_size=10)


def test_a_user_seen_twice_and_another_never_is_an_error() -> None:
    slipped = [
        body({"total": 20, "registeredUsers": users(10)}),
        body({"total": 20, "registeredUsers": users(19)[9:]}),
    ]
    with pytest.raises(Incomplete, match="19 different"):
        read(in_turn(*slipped * TRIES))


def test_a_total_that_moves_is_an_error() -> None:
    moved = [
        body({"total": 20, "registeredUsers": users(10)}),
        body({"total": 19, "registeredUsers": users(19)[10:]}),
    ]
    with pytest.raises(Incomplete, match="from 20 to 19"):
        read(in_turn(*moved * TRIES))


@pytest.mark.parametrize("paging", PAGINGS[1:])
def test_the_same_page_for_ever_is_an_error(paging: str) -> None:
    page = body({"total": 10**6, "nextCursor": "x", "registeredUsers": users(10)})
    users_, server, _ = listing(always(page), paging=paging)
    with pytest.raises(Incomplete, match="page 2 repeats"):
        users_.read(list)
    assert 2 * TRIES <= len(server.asked) <= (1 + AHEAD_PAGES) * TRIES


def test_cursors_without_rows_end_as_an_error() -> None:
    page = body({"nextCursor": "x", "registeredUsers": []})
    with pytest.raises(Incomplete, match="repeats"):
        read(always(page), paging="cursor", total_key=None)


def test_a_missing_cursor_ends_a_list_only_where_totals_prove_it() -> None:
    page = {"total": 2, "registeredUsers": users(2)}
    assert len(read(always(body(page)), paging="cursor")[0]) == 2
    with pytest.raises(Malformed, match="nextCursor"):
        read(always(body(page)), paging="cursor", total_key=None)


HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        ((200, HTML, b"<html>Log in</html>"), Malformed, "text/html, not JSON"),
        ((200, {}, b"{}"), Malformed, "no type"),
        ((200, JSON, b""), Malformed, "not an empty list"),
        ((200, JSON, b" \n"), Malformed, "not an empty list"),
        ((204, {}, b""), Malformed, "204; an answer without a list is not an empty list"),
        ((302, {"Location": "/login"}, b""), Malformed, "302; redirects are not followed"),
        ((400, JSON, b"{}"), Malformed, "400"),
        ((404, JSON, b"{}"), Malformed, "404"),
        ((403, JSON, b"{}"), Forbidden, "403"),
        ((405, JSON, b"{}"), Forbidden, "405"),
        ((500, JSON, b"{}"), Unavailable, "500"),
        ((206, JSON, b'{"total": 0, "registeredUsers": []}'), Malformed, "206"),
        ((200, JSON, b'{"total": 1, "registeredUsers": [{"id"'), Malformed, "broken JSON"),
        ((200, JSON, b'{"total": 0, "registeredUsers": []} x'), Malformed, "broken JSON"),
        ((200, JSON, b"\xff"), Malformed, "broken JSON"),
        ((200, JSON, b'{"more": ' + b"[" * 100_000), Malformed, "broken JSON"),
        (body([]), Malformed, "Expected `object`, got `array`"),
        (body(None), Malformed, "Expected `object`, got `null`"),
        (body({"error": "no licence"}), Malformed, "'registeredUsers', but with 'error'"),
        (body({"total": 0, "registeredusers": []}), Malformed, "'registeredusers'"),
        (body({"total": 0, "registeredUsers": None}), Malformed, "without a list"),
        (
            body({"total": 0, "registeredUsers": {}}),
            Malformed,
            "got `object` - at `.*registeredUsers",
        ),
        (body({"total": 1, "registeredUsers": ["1000"]}), Malformed, r"registeredUsers\[0\]"),
        (body({"total": 1, "registeredUsers": [{"aor": ["1"]}]}), Malformed, r"\[0\].aor"),
        (body({"registeredUsers": []}), Malformed, "without a total"),
        (body({"total": None, "registeredUsers": []}), Malformed, "without a total"),
        (body({"total": False, "registeredUsers": []}), Malformed, "without a total"),
        (body({"total": -1, "registeredUsers": []}), Malformed, "without a total"),
        (body({"total": "many", "registeredUsers": []}), Malformed, "without a total"),
    ],
)
def test_no_other_answer_is_taken_for_a_list_or_tried_again(
    paging: str, answer: Answer, error: type[ArmError], message: str
) -> None:
    users_, server, _ = listing(always(answer), paging=paging)
    with pytest.raises(error, match=message):
        users_.read(list)
    assert len(server.asked) == 1


def test_any_json_content_type_will_do() -> None:
    content = json.dumps({"total": 0, "registeredUsers": []}).encode()
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/hal+json"):
        assert read(always((200, {"Content-Type": kind}, content)))[1].rows == 0


@pytest.mark.parametrize("announced", [-1, +1])
def test_a_body_of_another_length_than_announced_is_an_error(announced: int) -> None:
    content = json.dumps({"total": 0, "registeredUsers": []}).encode()
    headers = {**JSON, "Content-Length": str(len(content) + announced)}
    with pytest.raises(Incomplete, match="cut off"):
        read(always((200, headers, content)))


def test_a_compressed_body_has_the_length_that_was_announced() -> None:
    content = gzip.compress(json.dumps({"total": 3, "registeredUsers": users(3)}).encode())
    headers = {**JSON, "Content-Encoding": "gzip", "Content-Length": str(len(content))}
    assert read(always((200, headers, content)))[0] == users(3)


def test_a_damaged_compressed_body_is_an_error() -> None:
    headers = {**JSON, "Content-Encoding": "gzip"}
    with pytest.raises(Incomplete, match="cut off"):
        read(always((200, headers, b"not gzip")))


def test_an_error_in_the_middle_is_an_error() -> None:
    serve = in_turn(body({"total": 20, "registeredUsers": users(10)}), (403, {}, b""))
    with pytest.raises(Forbidden, match="offset=10"):
        read(serve)


BUSY: list[Answer] = [
    (409, {}, b""),
    (429, {}, b""),
    (502, {}, b""),
    (503, {}, b""),
    (504, {}, b""),
    requests.ConnectionError("reset"),
    requests.ConnectTimeout("slow"),
    requests.ReadTimeout("slow"),
    requests.exceptions.SSLError("UNEXPECTED_EOF_WHILE_READING"),
]


@pytest.mark.parametrize("answer", BUSY, ids=repr)
def test_a_busy_server_is_asked_again_after_a_growing_pause(answer: Answer) -> None:
    users_, _, clock = listing(in_turn(answer, answer, answer, arm(users(2))(_a_request())))
    assert users_.read(rows) == users(2)
    assert [int(pause) for pause in clock.slept] == [1, 2, 4]


def _a_request() -> requests.PreparedRequest:
    return requests.Request("GET", "https://arm/").prepare()


@pytest.mark.parametrize("answer", BUSY, ids=repr)
def test_a_server_that_stays_busy_is_given_up(answer: Answer) -> None:
    users_, server, clock = listing(always(answer))
    with pytest.raises(Unavailable, match=f"{ATTEMPTS} times"):
        users_.read(list)
    assert len(server.asked) == ATTEMPTS
    assert sum(clock.slept) < 2 * 30 * ATTEMPTS


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "0"}, 0),
        (
            {
                "Retry-After": "Wed, 21 Oct 2026 07:28:42 GMT",
                "Date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            42,
        ),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:42 GMT"}, 0),
    ],
)
def test_the_server_says_when_to_come_back(headers: dict[str, str], pause: float) -> None:
    users_, _, clock = listing(in_turn((503, headers, b""), arm(users(1))(_a_request())))
    users_.read(list)
    assert clock.slept == [pause]


@pytest.mark.parametrize("value", ["soon", "-5", "1.5", ""])
def test_a_retry_after_that_says_nothing_is_passed_over(value: str) -> None:
    busy = (503, {"Retry-After": value}, b"")
    users_, _, clock = listing(in_turn(busy, arm(users(1))(_a_request())))
    users_.read(list)
    assert 1 <= clock.slept[0] <= 2


def test_a_pause_beyond_the_deadline_is_not_begun() -> None:
    users_, server, clock = listing(always((503, {"Retry-After": "3600"}, b"")), deadline=900)
    with pytest.raises(DeadlineExceeded, match="900 s"):
        users_.read(list)
    assert clock.slept == []
    assert len(server.asked) == 1


def test_all_pages_share_one_deadline() -> None:
    clock = Clock()

    def slow(request: requests.PreparedRequest) -> Answer:
        clock.now += 40
        return arm(users(100))(request)

    users_, server, _ = listing(slow, clock, deadline=100, page_size=10)
    with pytest.raises(DeadlineExceeded, match="100 s"):
        users_.read(list)
    assert len(server.asked) == 3


def test_a_body_that_trickles_cannot_outlast_the_deadline() -> None:
    clock = Clock()
    users_, _, _ = listing(always((200, JSON, Trickle(clock, b" " * 1000))), clock, deadline=100)
    with pytest.raises(DeadlineExceeded, match="100 s"):
        users_.read(list)
    assert clock.now == 1100


def test_no_request_may_wait_beyond_the_deadline() -> None:
    users_, server, clock = listing(
        arm(users(30)), deadline=100, page_size=10, connect_timeout=10, read_timeout=60
    )

    def late(pages: Iterator[Page]) -> None:
        next(pages)
        clock.now += 95
        list(pages)

    users_.read(late)
    assert server.options[0]["timeout"] == (10, 60)
    assert server.options[-1]["timeout"] == (5, 5)


def test_a_refused_password_is_sent_once() -> None:
    users_, server, _ = listing(always((401, {}, b"")))
    with pytest.raises(AuthenticationFailed, match="401; check login, password") as failure:
        users_.read(list)
    assert len(server.asked) == 1
    assert SECRET not in str(failure.value)


def test_basic_credentials_are_utf8() -> None:
    users_, server, _ = listing(arm(users(1)))
    users_.read(list)
    assert server.asked[0].headers["Authorization"] == "Basic YXBpOnDDpHNzd29yZA=="


def test_one_login_serves_all_pages_and_the_next_read() -> None:
    server = FakeServer(no_token_but("t"))
    two_at_once = settings(authentication="login", page_size=2)
    with ArmClient(two_at_once, session=session(server)) as client:
        for _ in range(2):
            assert len(client.registered_users().read(rows)) == 3
    assert [request.method for request in server.asked] == ["POST", "GET", "GET", "GET", "GET"]
    assert json.loads(server.asked[0].body or "") == {"username": "api", "password": SECRET}


def test_a_token_that_ends_while_paging_is_renewed_once() -> None:
    tokens = iter(["a", "b", "c"])
    good = {"a": 1, "b": 1}

    def serve(request: requests.PreparedRequest) -> Answer:
        if request.method == "POST":
            return body({"token": next(tokens)})
        token = request.headers["Authorization"].removeprefix("Bearer ")
        if not good[token]:
            return body({}, 401)
        good[token] -= 1
        return arm(users(30))(request)

    users_, server, _ = listing(serve, authentication="login", page_size=10)
    came = []
    with pytest.raises(AuthenticationFailed):
        users_.read(came.extend)
    assert rows(came) == users(20)
    assert [request.method for request in server.asked].count("POST") == 2


def test_a_refused_login_is_sent_once() -> None:
    users_, server, _ = listing(always((401, {}, b"")), authentication="login")
    with pytest.raises(AuthenticationFailed, match="/ARM/v1/login answered 401") as failure:
        users_.read(list)
    assert len(server.asked) == 1
    assert SECRET not in str(failure.value)


@pytest.mark.parametrize("token", [None, "", 7, "a\r\nX-Evil: 1", "ключ"])
def test_a_login_without_a_usable_token_is_an_error(token: object) -> None:
    users_, server, _ = listing(always(body({"token": token})), authentication="login")
    with pytest.raises(Malformed, match="without a token under 'token'"):
        users_.read(list)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "reason",
    ["[SSL: CERTIFICATE_VERIFY_FAILED] self-signed", "Fingerprints did not match", "[X509] bad"],
)
def test_an_untrusted_certificate_is_not_tried_again(reason: str) -> None:
    users_, server, _ = listing(always(requests.exceptions.SSLError(reason)))
    with pytest.raises(UntrustedCertificate, match="set ca_file or fingerprint"):
        users_.read(list)
    assert len(server.asked) == 1


def test_an_unverified_certificate_is_warned_of_on_each_read(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    for _ in range(2):
        server = FakeServer(arm(users(1)))
        with ArmClient(settings(do_not_verify=True), session=session(server)) as client:
            client.registered_users().read(list)
        assert server.options[0]["verify"] is False
    assert [record.message for record in caplog.records] == [
        "https://arm:443: the certificate is not verified (do_not_verify)"
    ] * 2


def test_environment_and_netrc_do_not_change_where_requests_go_or_as_whom(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine arm login other password other")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    users_, server, _ = listing(no_token_but("t"), authentication="login")
    assert len(users_.read(rows)) == 3
    assert all(not options["proxies"] for options in server.options)


def test_redirects_are_left_alone() -> None:
    elsewhere = (302, {"Location": "https://elsewhere/ARM/v1/registeredUsers"}, b"")
    users_, server, _ = listing(always(elsewhere))
    with pytest.raises(Malformed):
        users_.read(list)
    assert [urlsplit(request.url or "").hostname for request in server.asked] == ["arm"]
