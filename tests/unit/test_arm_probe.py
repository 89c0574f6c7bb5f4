"""The probe of a connection: what it finds, and that its advice, once followed, is enough."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.arm import ArmSettings, SbcSettings
from include.arm.probe import Finding, amended, certificates, changes, probe
from include.arm.probe.findings import quotable
from include.arm.rules import NumberRules
from include.simulator.answers import Answer, Request, told
from include.simulator.dialect import Dialect
from include.simulator.faults import Fault
from include.simulator.population import Population
from include.simulator.sbc import running_sbc
from include.simulator.server import Served, Simulator, running

MANY = Population(users=240, one_extension_in=10, one_name_in=20)
FEW = Population(users=12)
LIST = "/ARM/v1/registeredUsers"
PASSWORD = "pässword of nobody"
JSON = {"Content-Type": "application/json"}
WORDS = ["aor", "total", "count", "id", "contact", "active", "expires", "data", "users", "cursor"]
OTHER_NAMES = {
    "id": "uuid",
    "aor": "addressOfRecord",
    "user": "user_name",
    "contact": "Contact-URI",
    "expires": "expiresIn",
    "active": "isActive",
    "nodeName": "sbc",
    "ipGroup": "IP Group",
    "userAgent": "user_agent",
}


def arm_settings(arm: Served, **extra: Any) -> ArmSettings:
    trust = {} if {"fingerprint", "ca_file", "do_not_verify"} & extra.keys() else pin(arm)
    return ArmSettings.from_connection(
        host=arm.host,
        port=arm.port,
        login=extra.pop("login", arm.username),
        password=extra.pop("password", arm.password),
        extra={**trust, **extra},
    )


def sbc_settings(sbc: Served, **extra: Any) -> SbcSettings:
    return SbcSettings.from_connection(
        host=sbc.host,
        port=sbc.port,
        login=sbc.username,
        password=extra.pop("password", sbc.password),
        extra={**pin(sbc), **extra},
    )


def pin(served: Served) -> dict[str, str]:
    return {"fingerprint": served.fingerprint}


def asked(served: Served) -> list[tuple[str, int]]:
    """Every request that was answered, in turn."""
    return list(served.application.log)


def bad(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if not finding.ok]


def the_bad_one(findings: list[Finding]) -> Finding:
    """The one finding that is not well; none comes after it."""
    [finding] = bad(findings)
    assert findings[-1] is finding
    return finding


@pytest.fixture(scope="module")
def arm() -> Iterator[Simulator]:
    with running(MANY, password=PASSWORD) as simulator:
        yield simulator


@contextmanager
def answering(answer: Callable[[Request], Answer], *, login: Any = None) -> Iterator[Simulator]:
    """An ARM whose list is what a function answers."""
    with running(FEW, authentication="login" if login else "basic") as simulator:
        routes = simulator.application.routes
        routes[LIST] = {"GET": answer}
        if login:
            routes["/ARM/v1/login"] = {"POST": login}
        yield simulator


DIALECTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as expected": ({}, {}),
    "login": ({}, {"authentication": "login"}),
    "list elsewhere": ({"list_key": "users"}, {}),
    "nested": ({"list_key": "data.items", "total_key": "data.totalCount"}, {}),
    "deep": ({"list_key": "result.data.users", "total_key": "result.meta.count"}, {}),
    "bare list": ({"list_key": None}, {}),
    "bare list by page": ({"list_key": None}, {"paging": "page"}),
    "bare list, cursor thought": ({"list_key": None}, {"paging": "cursor"}),
    "no total": ({"total_key": None}, {}),
    "total, none thought": ({"total_key": "data.page.totalElements"}, {"total_key": "none"}),
    "other fields": ({"fields": OTHER_NAMES}, {}),
    "by page": ({}, {"paging": "page"}),
    "by page from 0": ({"first_page": 0}, {"paging": "page"}),
    "by page from 0, told right": ({"first_page": 0}, {"paging": "page", "first_page": 0}),
    "by page from 1, told wrong": ({}, {"paging": "page", "first_page": 0}),
    "by cursor": ({}, {"paging": "cursor"}),
    "other cursor": ({"cursor_key": "paging.nextPageCursor"}, {"paging": "cursor"}),
    "cursor, no total": ({"total_key": None}, {"paging": "cursor"}),
    "token elsewhere": ({"login_answer_key": "data.access_token"}, {"authentication": "login"}),
    "login's other keys": (
        {"login_name_key": "userName", "login_pass_key": "passPhrase"},
        {"authentication": "login"},
    ),
    "whole in one": ({}, {"paging": "none"}),
    "no such parameters": ({"offset_parameter": "skip", "limit_parameter": "take"}, {}),
    "everything": (
        {
            "list_key": "response.entries",
            "total_key": "response.total_count",
            "cursor_key": "response.next_cursor",
            "login_answer_key": "jwt",
            "fields": OTHER_NAMES,
        },
        {"authentication": "login", "paging": "cursor"},
    ),
}


@pytest.mark.parametrize("population", [MANY, FEW], ids=["many", "few"])
@pytest.mark.parametrize("name", DIALECTS)
def test_what_a_probe_advises_is_enough(name: str, population: Population) -> None:
    spoken, given = DIALECTS[name]
    authentication = given.get("authentication", "basic")
    with running(population, dialect=Dialect(**spoken), authentication=authentication) as arm:
        settings = arm_settings(arm, **given)
        for _ in range(2):  # a login that is refused shows nothing of the list
            arm.application.log.clear()
            findings = probe(settings)
            assert len(asked(arm)) <= 4
            assert all(finding.change for finding in bad(findings))
            if not bad(findings):
                break
            settings = amended(settings, changes(findings))
        findings = probe(settings)
        assert bad(findings) == []
        assert {one.what for one in findings} >= {"Certificate", "List", "Fields", "Numbers"}


def test_a_probe_of_what_is_expected_changes_nothing(arm: Simulator) -> None:
    findings = probe(arm_settings(arm))
    assert changes(findings) == {}
    said = {finding.what: finding.said for finding in findings}
    assert said["Reach"].startswith(f"{arm.url} answers with TLS")
    assert said["Certificate"].startswith("trusted by its fingerprint; of CN=AudioCodes ARM")
    assert said["List"] == "100 registered users under 'registeredUsers', 100 asked for"
    assert said["Total"] == "240 registered users in all"
    assert said["Paging"] == "by offset: a second page of 2 was asked for"
    assert "95 of 100 addresses are numbers" in said["Numbers"]
    assert "(a name, not a number)" in said["Numbers"]


def test_a_field_that_nobody_tells_is_said_and_is_well() -> None:
    records = [{"aor": f"10{number}", "active": True} for number in range(9)]
    with answering(lambda _: told(200, {"registeredUsers": records, "total": 9})) as arm:
        findings = probe(arm_settings(arm, paging="none"))
    assert bad(findings) == []
    assert "not told: id, user, host" in next(f.said for f in findings if f.what == "Fields")


# Certificate


def test_a_certificate_that_is_not_trusted_is_told_and_nothing_is_sent(arm: Simulator) -> None:
    before = len(asked(arm))
    findings = probe(arm_settings(arm, fingerprint=""))
    finding = the_bad_one(findings)
    assert (finding.what, finding.change) == ("Certificate", pin(arm))
    assert "self-signed" in finding.said
    assert "compare the fingerprint on the server itself first" in finding.said
    assert len(asked(arm)) == before
    assert bad(probe(amended(arm_settings(arm, fingerprint=""), changes(findings)))) == []


def test_another_certificate_than_the_pinned_one_is_told(arm: Simulator) -> None:
    finding = the_bad_one(probe(arm_settings(arm, fingerprint="0" * 64)))
    assert "not the one of the fingerprint" in finding.said
    assert finding.change == pin(arm)


def test_a_certificate_for_another_name_is_told_with_what_to_do(
    arm: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "nothing.pem").write_text("nothing")
    other = arm_settings(arm, ca_file=str(tmp_path / "nothing.pem"))
    findings = probe(other)
    assert the_bad_one(findings).change == pin(arm) | {"ca_file": None}
    assert bad(probe(amended(other, changes(findings)))) == []


def test_a_ca_file_is_trusted(arm: Simulator) -> None:
    findings = probe(arm_settings(arm, ca_file=str(arm.certificate)))
    assert bad(findings) == []
    assert "trusted by ca_file" in findings[1].said


def test_an_unverified_certificate_is_well_and_said_loudly(arm: Simulator) -> None:
    findings = probe(arm_settings(arm, do_not_verify=True))
    assert bad(findings) == []
    assert [finding.warning for finding in findings if finding.warning] == ["NOT VERIFIED"]
    assert findings[1].said.startswith("NOT VERIFIED")
    assert amended(arm_settings(arm, do_not_verify=True), findings[1].change).fingerprint


def test_what_is_shown_is_what_openssl_would_show(arm: Simulator) -> None:
    shown = certificates.shown(arm_settings(arm, do_not_verify=True))
    assert shown.pretty_fingerprint.replace(":", "").lower() == arm.fingerprint
    assert len(shown.pretty_fingerprint.split(":")) == 32


@pytest.mark.parametrize(
    ("days", "said"), [(400, ""), (12.5, "; it ends in 12 days"), (-3, "; it ended 3 days ago")]
)
def test_a_pinned_certificate_that_ends_is_trusted_and_told(
    arm: Simulator, monkeypatch: pytest.MonkeyPatch, days: float, said: str
) -> None:
    shown = certificates.shown(arm_settings(arm))
    ending = replace(shown, expires=datetime.now(UTC) + timedelta(days=days))
    monkeypatch.setattr(certificates, "shown", lambda _: ending)
    finding = probe(arm_settings(arm))[1]
    assert (finding.ok, finding.said.endswith(shown.pretty_fingerprint + said)) == (True, True)


@pytest.mark.parametrize("page_size", [1, 2, 3])
@pytest.mark.parametrize("paging", ["page", "offset", "cursor"])
def test_the_shortest_pages_can_be_tried(arm: Simulator, page_size: int, paging: str) -> None:
    findings = probe(arm_settings(arm, page_size=page_size, paging=paging))
    assert bad(findings) == []
    assert "not tried" not in repr(findings)


# Reach


@pytest.mark.parametrize(
    ("change", "said"),
    [({"port": 1}, "no answer"), ({"host": "a" * 70}, "is no host name")],
)
def test_nobody_there_is_told(arm: Simulator, change: dict[str, Any], said: str) -> None:
    finding = the_bad_one(probe(amended(arm_settings(arm), change)))
    assert (finding.what, said in finding.said) == ("Reach", True)


@pytest.mark.parametrize(
    ("answer", "said"), [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "not with TLS"), (b"", "no answer")]
)
def test_who_speaks_no_tls_is_told(arm: Simulator, answer: bytes, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            with server.accept()[0] as client:
                client.recv(1000)
                client.sendall(answer)
                threading.Event().wait(0.5)

        thread = threading.Thread(target=speak)
        thread.start()
        there = {"port": server.getsockname()[1], "connect_timeout": 0.3}
        finding = the_bad_one(probe(amended(arm_settings(arm), there)))
        thread.join()
    assert (finding.what, said in finding.said) == ("Reach", True), finding


# Sign-in


@pytest.mark.parametrize("authentication", ["basic", "login"])
def test_a_refused_login_is_tried_once(authentication: Any) -> None:
    with running(FEW, authentication=authentication) as arm:
        wrong = arm_settings(arm, authentication=authentication, password=PASSWORD)
        finding = the_bad_one(probe(wrong))
        assert [status for _, status in asked(arm)] == [401]
        assert finding.what == ("Sign-in" if authentication == "basic" else "Login")
        assert PASSWORD not in finding.said


def test_a_list_that_asks_for_a_token_needs_a_login() -> None:
    with running(FEW, authentication="login") as arm:
        findings = probe(arm_settings(arm, authentication="basic"))
        assert the_bad_one(findings).change == {"authentication": "login"}


@pytest.mark.parametrize("status", [404, 405])
def test_a_login_that_is_not_there_says_how_to_find_its_path(status: int) -> None:
    with answering(lambda _: told(200, []), login=lambda _: told(status, {})) as arm:
        finding = the_bad_one(probe(arm_settings(arm, authentication="login")))
    assert (finding.what, finding.change) == ("Login", {})
    assert f"answered {status}: login_path is wrong, or there is no login" in finding.said
    assert "developer tools" in finding.said


def test_a_token_that_is_refused_is_not_asked_for_again() -> None:
    def refused(_: Request) -> Answer:
        return told(401, {}, {"WWW-Authenticate": "Basic"})

    with answering(refused, login=lambda _: told(200, {"token": "a-token-that-is-not"})) as arm:
        finding = the_bad_one(probe(arm_settings(arm, authentication="login")))
        assert [status for _, status in asked(arm)] == [200, 401]
        assert finding.change == {"authentication": "basic"}


def test_neither_password_nor_token_is_told() -> None:
    token = "e30.secret.sign"

    def echo(request: Request) -> Answer:
        rows = [{"aor": f"{token} {PASSWORD} {number}"} for number in range(3)]
        return told(200, {"registeredUsers": rows, "total": 3})

    with answering(echo, login=lambda _: told(200, {"access_token": token})) as arm:
        settings = arm_settings(arm, authentication="login", password=PASSWORD, paging="none")
        findings = probe(settings)
    assert {finding.what for finding in bad(findings)} == {"Login", "Numbers"}
    assert token not in repr(findings)
    assert PASSWORD not in repr(findings)


@pytest.mark.parametrize("body", [b"[", b"[1]", b"{}", b'"token"'])
def test_a_login_without_a_token_is_told(body: bytes) -> None:
    def login(_: Request) -> Answer:
        return Answer(200, [body], {"Content-Type": "application/json"})

    with answering(lambda _: told(200, []), login=login) as arm:
        the_bad_one(probe(arm_settings(arm, authentication="login")))


# The list


@pytest.mark.parametrize(
    ("fault", "what", "said"),
    [
        ("forbidden", "Sign-in", "give this login the right"),
        ("no_content_204", "List", "is not an empty list"),
        ("html_login_200", "List", "not JSON"),
        ("redirect_to_login", "List", "redirects are not followed"),
        ("conflict_409", "List", "answered 409"),
        ("truncated", "List", "broken JSON"),
        ("error_object_200", "List", "has no list"),
    ],
)
def test_a_fault_is_told_where_it_strikes(fault: Any, what: str, said: str) -> None:
    with running(FEW, fault=Fault(fault, row=0)) as arm:
        finding = the_bad_one(probe(arm_settings(arm)))
        assert (finding.what, said in finding.said) == (what, True), finding
        assert len(asked(arm)) == 1


def test_a_wrong_path_is_told() -> None:
    with running(FEW) as arm:
        finding = the_bad_one(probe(arm_settings(arm, registered_users_path="/v2/users")))
        assert (finding.what, "registered_users_path" in finding.said) == ("Path", True)


def test_an_empty_list_is_not_well_for_nothing_was_learnt() -> None:
    with running(Population(users=0)) as arm:
        finding = the_bad_one(probe(arm_settings(arm)))
        assert "nobody is registered" in finding.said


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_list_of_a_few_is_well(count: int) -> None:
    for paging in ("none", "page", "offset", "cursor"):
        with running(Population(users=count)) as arm:
            assert bad(probe(arm_settings(arm, paging=paging))) == []


def test_a_value_that_cannot_be_read_is_told_with_its_row() -> None:
    rows = [{"aor": "1001", "active": "Registered"}]
    with answering(lambda _: told(200, {"registeredUsers": rows, "total": 1})) as arm:
        finding = the_bad_one(probe(arm_settings(arm)))
    assert "active is 'Registered'; it must be true or false" in finding.said


def test_records_without_an_address_are_told_with_their_keys() -> None:
    rows = [{"colour": "red"}, {"colour": "blue", "taste": None}]
    with answering(lambda _: told(200, {"registeredUsers": rows, "total": 2})) as arm:
        finding = the_bad_one(probe(arm_settings(arm)))
    assert "only colour, taste" in finding.said


# Whatever is answered

anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.text(max_size=6), st.sampled_from(WORDS)), inner, max_size=4),
    ),
    max_leaves=12,
)
rows = st.lists(st.dictionaries(st.sampled_from(WORDS), anything, max_size=5), max_size=5)
pages = st.fixed_dictionaries(
    {"registeredUsers": rows}, optional={"total": anything, "nextCursor": anything}
)


def test_a_probe_raises_nothing_whatever_is_answered() -> None:
    answers: dict[str, Any] = {}

    def answer(request: Request) -> Answer:
        headers = {"WWW-Authenticate": "Bearer"} | JSON
        return Answer(answers["status"], [json.dumps(answers["list"]).encode()], headers)

    def login(request: Request) -> Answer:
        return Answer(200, [json.dumps(answers["login"]).encode()], JSON)

    @settings(max_examples=150, deadline=None)
    @given(
        st.one_of(anything, rows, pages),
        st.one_of(anything, st.just({"token": "abc"})),
        st.sampled_from([200, 200, 200, 200, 400, 401, 403, 404, 500, 503]),
        st.sampled_from(["none", "page", "offset", "cursor"]),
        st.sampled_from(["basic", "login"]),
    )
    def holds(document: Any, token: Any, status: int, paging: str, authentication: str) -> None:
        answers.update(list=document, login=token, status=status)
        before = len(asked(arm))
        given_ = arm_settings(arm, paging=paging, authentication=authentication)
        findings = probe(given_)
        assert findings
        assert len(asked(arm)) - before <= 5
        if changes(findings):
            amended(given_, changes(findings))

    with answering(answer, login=login) as arm:
        arm.application.routes[LIST] = {"GET": answer}
        holds()


# The total


def test_a_total_that_is_there_though_none_is_thought_is_told() -> None:
    total = {"total_key": "data.page.totalElements"}
    with running(MANY, dialect=Dialect(**total)) as arm:
        [finding] = bad(probe(arm_settings(arm, total_key="none")))
    assert (finding.what, finding.change) == ("Total", total)
    assert "none is told (total_key none), but there is one under" in finding.said


def test_a_number_that_may_count_the_page_is_no_total() -> None:
    rows = [{"aor": f"1{number:03}"} for number in range(30)]
    document = {"registeredUsers": rows, "count": 30, "maxUsers": 5000, "licensedUsers": 900}
    with answering(lambda _: told(200, document)) as arm:
        findings = probe(arm_settings(arm, total_key="none", paging="none"))
    assert bad(findings) == []


# Rules and nodes


def test_addresses_are_judged_by_the_rules(arm: Simulator) -> None:
    rules = NumberRules(country_code="44", extension_lengths=(9, 9))
    findings = probe(arm_settings(arm), rules=rules)
    [judged] = [finding.said for finding in findings if finding.what == "Numbers"]
    assert "addresses are numbers, by the rules of this connection" in judged
    assert "neither an extension nor a whole number by its length" in judged


def test_a_node_that_is_not_on_the_first_page_is_warned_of(arm: Simulator) -> None:
    there = sorted({one["nodeName"] for one in arm.truth()})
    findings = probe(arm_settings(arm), nodes=[there[0], "SBC-OTHER-1"])
    assert bad(findings) == []
    [finding] = [finding for finding in findings if finding.what == "Nodes"]
    assert finding.warning == "NODES NOT SEEN"
    assert finding.said.startswith("not on the first page: SBC-OTHER-1; it has ")
    assert there[0] in finding.said


def test_a_node_on_the_first_page_is_well(arm: Simulator) -> None:
    node = arm.truth()[0]["nodeName"]
    [finding] = [one for one in probe(arm_settings(arm), nodes=[node]) if one.what == "Nodes"]
    assert (finding.ok, finding.warning) == (True, "")


def test_a_list_without_nodes_says_nothing_of_them() -> None:
    rows = [{"aor": "1001"}, {"aor": "1002"}]
    with answering(lambda _: told(200, {"registeredUsers": rows, "total": 2})) as arm:
        findings = probe(arm_settings(arm, paging="none"), nodes=["SBC-LON-1"])
    assert "Nodes" not in {finding.what for finding in findings}


# The paging


REFUSING = "there is no parameter offset"


def refusing(said: str, rows: int = 500) -> Callable[[Request], Answer]:
    """A list that is answered without parameters only."""
    records = [{"aor": f"1{number:03}"} for number in range(rows)]

    def answer(request: Request) -> Answer:
        if request.query:
            return Answer(400, [said.encode()], {"Content-Type": "text/plain"})
        return told(200, {"registeredUsers": records, "total": 2 * rows})

    return answer


@pytest.mark.parametrize(
    ("paging", "names"),
    [
        ("page", "page_parameter and page_size_parameter"),
        ("offset", "offset_parameter and limit_parameter"),
        ("cursor", "limit_parameter and cursor_parameter"),
    ],
)
def test_refused_parameters_may_have_other_names(paging: str, names: str) -> None:
    with answering(refusing(REFUSING)) as arm:
        findings = probe(arm_settings(arm, paging=paging))
    [finding] = bad(findings)
    assert finding.what == "Paging"
    assert f"it says: {REFUSING}; by {paging}, the parameters may have other names: {names}" in (
        finding.said
    )
    [listed] = [finding.said for finding in findings if finding.what == "List"]
    assert listed == "500 registered users under 'registeredUsers', asked for without parameters"


def test_refused_parameters_of_a_bare_list_are_told() -> None:
    def answer(request: Request) -> Answer:
        return told(400, {}) if request.query else told(200, [{"aor": "1001"}, {"aor": "1002"}])

    with answering(answer) as arm:
        findings = probe(arm_settings(arm, paging="cursor"))
    assert "limit_parameter and cursor_parameter" in repr(bad(findings))


def test_a_list_that_is_refused_without_parameters_too_says_why() -> None:
    with answering(lambda _: told(400, {"error": "colour is missing"})) as arm:
        for paging in ("none", "offset"):
            finding = the_bad_one(probe(arm_settings(arm, paging=paging)))
            assert "colour is missing" in finding.said


@pytest.mark.parametrize(
    "said",
    [
        "reader may not",
        "READER may not",
        "not with pässword of nobody",
        "not with p%C3%A4ssword%20of%20nobody",
        r"not with p\u00e4ssword of nobody",
        "not with cmVhZGVyOnDDpHNzd29yZCBvZiBub2JvZHk=",
        "not with the-token",
        "not with pässword\n of nobody",
        "x" * 200 + "the-token",
        "no\x00text",
        "",
    ],
)
def test_a_servers_words_with_a_secret_are_not_shown(said: str) -> None:
    assert quotable(said, "reader", PASSWORD, "the-token") == ""


def test_a_servers_words_are_shown_shortly_and_on_one_line() -> None:
    assert quotable(" no\n such  page ", "reader", PASSWORD, "") == "no such page"
    assert quotable("x" * 101, "reader", PASSWORD, "") == "x" * 100 + "…"


def test_parameters_that_are_ignored_are_told() -> None:
    with running(MANY, fault=Fault("same_page_forever")) as arm:
        [finding] = bad(probe(arm_settings(arm)))
        assert (finding.what, finding.change) == ("Paging", {})
        assert "is the first one again" in finding.said


def test_a_list_that_comes_whole_whatever_is_asked_for_needs_no_paging() -> None:
    rows = [{"aor": f"1{number:03}"} for number in range(250)]
    for total in ({"total": 250}, {}):
        with answering(lambda _, told_=total: told(200, {"registeredUsers": rows, **told_})) as arm:
            settings = arm_settings(arm)
            findings = probe(settings)
            assert changes(findings)["paging"] == "none"
            assert bad(probe(amended(settings, changes(findings)))) == []


def test_a_page_that_is_capped_is_well() -> None:
    with running(MANY, max_page_size=7) as arm:
        findings = probe(arm_settings(arm, paging="page", page_size=50))
        assert bad(findings) == []
        assert "7 registered users under 'registeredUsers', 50 asked for" in repr(findings)


def test_a_total_that_counts_the_page_is_found_out() -> None:
    rows = [{"aor": f"1{number:03}"} for number in range(30)]

    def page(request: Request) -> Answer:
        asked = dict(pair.split("=") for pair in request.query.split("&"))
        start, size = int(asked["offset"]), int(asked["limit"])
        part = rows[start : start + size]
        return told(200, {"total": len(part), "totalRecords": 30, "registeredUsers": part})

    with answering(page) as arm:
        findings = probe(arm_settings(arm, page_size=10))
    assert [finding.change for finding in bad(findings)] == [{"total_key": "totalRecords"}]


# An SBC


def test_an_sbc_that_is_well() -> None:
    with running_sbc(MANY, "SBC-LON-1") as sbc:
        findings = probe(sbc_settings(sbc, node="SBC-LON-1"))
        assert bad(findings) == []
        whats = [finding.what for finding in findings]
        assert whats == ["Reach", "Certificate", "Sign-in", "Level", "List"]
        assert f"{len(sbc.truth())} contacts, as node 'SBC-LON-1'" in findings[-1].said
        assert len(asked(sbc)) == 3


@pytest.mark.parametrize(
    ("given", "extra", "what", "said"),
    [
        ({}, {"password": PASSWORD}, "Sign-in", "tried once"),
        ({"level": "monitor"}, {}, "Level", "Administrator"),
        ({}, {"count_path": "/api/v1/none"}, "Count", "404"),
        ({}, {"count_key": "users"}, "Count", "without one number"),
        ({}, {"list_command": "show version"}, "List", "400"),
    ],
)
def test_what_is_not_well_with_an_sbc_is_told(
    given: dict[str, Any], extra: dict[str, Any], what: str, said: str
) -> None:
    with running_sbc(FEW, "SBC-LON-1", **given) as sbc:
        settings = sbc_settings(sbc, **extra)
        findings = probe(settings)
        finding = the_bad_one(findings)
        assert (finding.what, said in finding.said) == (what, True), finding
        assert [status for _, status in asked(sbc)].count(401) <= 1
        if finding.change:
            assert bad(probe(amended(settings, changes(findings)))) == []


def test_an_sbc_that_only_counts_needs_no_administrator() -> None:
    with running_sbc(FEW, "SBC-LON-1", level="monitor") as sbc:
        findings = probe(sbc_settings(sbc), only_count=True)
        assert [finding.what for finding in findings[2:]] == ["Sign-in", "Count"]
        assert (bad(findings), len(asked(sbc))) == ([], 1)


def test_an_sbc_whose_count_disagrees_is_told() -> None:
    with running_sbc(FEW, "SBC-LON-1") as sbc:
        sbc.application.routes["/api/v1/kpi/current/sbc/otherStats/global"] = {
            "GET": lambda _: told(200, json.loads('{"registeredUsers": 77}'))
        }
        finding = the_bad_one(probe(sbc_settings(sbc)))
        assert (finding.what, "77" in finding.said) == ("Agreement", True)
