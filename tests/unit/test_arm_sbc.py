"""The SBC itself as a source: its count, its list out of a command's text, and as a witness."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from include.arm import (
    ArmError,
    AuthenticationFailed,
    Forbidden,
    Incomplete,
    Malformed,
    SbcSettings,
    Unavailable,
)
from include.arm.crosschecks import CrossCheck, ask
from include.arm.exchange import ATTEMPTS
from include.arm.listing import TRIES
from include.arm.sbc import SbcClient, parsed
from include.simulator.faults import Fault
from include.simulator.population import Population
from include.simulator.sbc import LineBreaks, RunningSbc, running_sbc
from tests.fake_arm import Answer, Clock, FakeServer, Serve, rows, session

PEOPLE = Population(users=40, nodes=2, one_extension_in=5, one_name_in=11)
NODE = PEOPLE.node_names[0]
TITLE = "*** SBC Registered Contacts ***"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
def sbc(certificates: Path) -> Iterator[RunningSbc]:
    with running_sbc(PEOPLE, NODE, certificates=certificates) as simulator:
        yield simulator


def settings(sbc: RunningSbc, **changes: Any) -> SbcSettings:
    known = {"host": sbc.host, "port": sbc.port, "login": sbc.username, "node": NODE}
    return SbcSettings(**{**known, "password": sbc.password, "ca_file": sbc.certificate, **changes})


def client(sbc: RunningSbc, **changes: Any) -> SbcClient:
    return SbcClient(settings(sbc, **changes), sleep=lambda _: None)


@pytest.mark.parametrize("line_breaks", ["dots", "newlines"])
def test_the_list_is_the_one_that_is_registered(
    line_breaks: LineBreaks, certificates: Path
) -> None:
    served = running_sbc(PEOPLE, NODE, certificates=certificates, line_breaks=line_breaks)
    with served as sbc, client(sbc) as asked:
        listing = asked.registered_users()
        found = listing.read(rows)
        expected = {(user["aor"], user["active"]) for user in sbc.truth()}
    assert {(user["aor"], user["active"]) for user in found} == expected
    assert listing.evidence.total == len(expected) == listing.evidence.nodes[NODE]
    assert {user["nodeName"] for user in found} == {NODE}


@pytest.mark.parametrize("fault", ["several_contacts", "not_active"])
def test_contacts_and_inactive_ones_are_all_there(sbc: RunningSbc, fault: str) -> None:
    sbc.set_fault(Fault(fault))
    with client(sbc) as asked:
        found = asked.registered_users().read(rows)
    listed = {(user["aor"], user["contact"], user["active"]) for user in sbc.listed()}
    assert {(user["aor"], user["contact"], user["active"]) for user in found} == listed


def test_the_device_counts_what_is_registered_with_it(sbc: RunningSbc) -> None:
    with client(sbc) as asked:
        assert asked.count() == len(sbc.truth())


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("no_content_204", Malformed),
        ("no_content_400", Malformed),
        ("forbidden", Forbidden),
        ("method_not_allowed", Forbidden),
        ("conflict_409", Unavailable),
        ("html_login_200", Malformed),
        ("error_object_200", Malformed),
        ("truncated", Malformed),
        ("connection_cut", Incomplete),
        ("gzip_bomb", Malformed),
    ],
)
def test_what_is_no_answer_is_an_error(sbc: RunningSbc, fault: str, error: type[ArmError]) -> None:
    sbc.set_fault(Fault(fault))
    with client(sbc) as asked:
        with pytest.raises(error):
            asked.count()
        with pytest.raises(error):
            asked.registered_users().read(list)


def test_a_login_that_may_only_look_cannot_list(certificates: Path) -> None:
    served = running_sbc(PEOPLE, NODE, certificates=certificates, level="monitor")
    with served as sbc, client(sbc) as asked, pytest.raises(Forbidden, match="Administrator level"):
        asked.registered_users().read(list)


def test_a_refused_password_is_sent_once(sbc: RunningSbc) -> None:
    with client(sbc, password="wrong") as asked, pytest.raises(AuthenticationFailed):
        asked.count()
    assert sum(sbc.requests.values()) == 1


def fake(serve: Serve) -> tuple[SbcClient, FakeServer]:
    server, clock = FakeServer(serve), Clock()
    known = SbcSettings(host="sbc", login="Admin", password="x")
    return SbcClient(known, session=session(server), clock=clock, sleep=clock.sleep), server


def answer(content: object) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()


@pytest.mark.parametrize(
    "content",
    [
        {"registeredUsers": 7},
        {"registeredUsers": "7"},
        {"sbc": {"otherStats": {"global": {"registeredUsers": 7, "other": 9}}}},
        {"kpis": [{"id": "other", "value": 9}, {"id": "registeredUsers", "value": 7}]},
        {"id": "registeredUsers", "value": "7"},
        {"global": {"registeredUsers": {"value": 7, "unit": "users"}}},
    ],
    ids=str,
)
def test_the_count_is_found_wherever_it_stands(content: object) -> None:
    asked, _ = fake(lambda _: answer(content))
    assert asked.count() == 7


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        7,
        None,
        {"registeredUsers": None},
        {"registeredUsers": -1},
        {"registeredUsers": True},
        {"registeredUsers": 7.5},
        {"registeredUsers": "many"},
        {"registeredUsers": [7]},
        {"one": {"registeredUsers": 7}, "other": {"registeredUsers": 9}},
    ],
    ids=str,
)
def test_a_count_that_is_none_or_two_is_an_error(content: object) -> None:
    asked, _ = fake(lambda _: answer(content))
    with pytest.raises(Malformed, match="without one number under 'registeredUsers'"):
        asked.count()


def counting(*counts: int, output: str) -> Serve:
    left = iter(counts)

    def serve(request: requests.PreparedRequest) -> Answer:
        if request.method == "GET":
            return answer({"registeredUsers": next(left)})
        return answer({"description": "loaded", "output": output})

    return serve


ONE = f"{TITLE}\n1000@10.8.5.71\n  <sip:1000@10.8.5.71:5060>;expires=180; Active status:1\n"


def test_a_list_is_believed_only_while_the_device_counts_as_many() -> None:
    asked, _ = fake(counting(1, 1, output=ONE))
    assert len(asked.registered_users().read(rows)) == 1


def test_a_list_that_somebody_joined_meanwhile_is_read_anew() -> None:
    asked, _ = fake(counting(0, 1, 1, 1, output=ONE))
    listing = asked.registered_users()
    listing.read(list)
    assert listing.evidence.passes == 2


def test_a_list_shorter_than_the_count_is_never_handed_out() -> None:
    asked, server = fake(counting(*[9] * 2 * TRIES, output=ONE))
    with pytest.raises(Incomplete, match="1 addresses are listed, and the device counts 9"):
        asked.registered_users().read(rows)
    assert len(server.asked) == 3 * TRIES


def test_a_list_that_lacks_some_is_not_excused_by_inactive_ones() -> None:
    idle = [f"90{n:02}\n  <sip:90{n:02}@h>;Not-Active\n" for n in range(12)]
    busy = [f"10{n:02}\n  <sip:10{n:02}@h>\n" for n in range(90)]
    output = "".join([f"{TITLE}\n", *idle, *busy])
    asked, _ = fake(counting(*[100] * 2 * TRIES, output=output))
    with pytest.raises(Incomplete):
        asked.registered_users().read(rows)


def test_inactive_ones_may_count_or_not() -> None:
    idle = ONE.replace("Active status:1", "Not-Active") + "Sue\n  <sip:Sue@10.8.5.72>;expires=60\n"
    for count in (1, 2):
        asked, _ = fake(counting(count, count, output=idle))
        assert [user["active"] for user in asked.registered_users().read(rows)] == [False, True]


def test_what_is_documented_of_a_contact_is_read() -> None:
    output = (
        f"{TITLE}. . +442079460123. .   <sip:+442079460123@10.8.5.71:5060;transport=tls>;"
        "expires=180; Active status:1; IPG:3; ID:4711. .   Sue <sip:Sue@10.8.5.72>;expires=60; "
        "Not-Active; IPG:1. .  1000@10.8.5.71. "
    )
    listed = parsed(output, "SBC-1", "https://sbc")
    assert rows([listed.page]) == [
        {
            "id": "4711",
            "aor": "+442079460123",
            "contact": "<sip:+442079460123@10.8.5.71:5060;transport=tls>",
            "expires": "180",
            "active": True,
            "nodeName": "SBC-1",
            "ipGroup": "3",
        },
        {
            "aor": "Sue",
            "contact": "<sip:Sue@10.8.5.72>",
            "expires": "60",
            "active": False,
            "nodeName": "SBC-1",
            "ipGroup": "1",
        },
        # Without a contact it claims no number, and keeps the one that it has.
        {"aor": "1000@10.8.5.71", "active": False, "nodeName": "SBC-1"},
    ]
    assert (listed.aors, listed.active) == (3, 1)


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("", "no list of registrations"),
        ("Invalid command", "no list of registrations"),
        ("1000@10.8.5.71\n  <sip:1000@10.8.5.71>\n", "no list of registrations"),
        (f"{TITLE}\n% Unknown command here\n", "which is no registration"),
        ("*** Error: database is locked ***\n", "no list of registrations"),
        (f"{TITLE}\n1000@h\n*** truncated ***\n", "which is no registration"),
        (f"{TITLE}\n  <sip:1000@10.8.5.71>\n", "before any address"),
        (f"{TITLE}\n1000@10.8.5.71\n  <sip:1000@10.8", "which is no registration"),
    ],
)
def test_a_text_that_is_not_understood_is_an_error(output: str, says: str) -> None:
    with pytest.raises(Malformed, match=re.escape(says)):
        parsed(output, "SBC-1", "https://sbc")


def test_a_title_and_nothing_more_is_an_empty_list() -> None:
    assert parsed(f"{TITLE}\nAddress Of Record    Contact\n----\n", "n", "w").aors == 0


@given(st.text())
def test_any_text_is_a_list_or_malformed(output: str) -> None:
    try:
        parsed(output, "SBC-1", "https://sbc")
        parsed(f"{TITLE}\n{output}", "SBC-1", "https://sbc")
    except Malformed:
        pass


@pytest.mark.parametrize(("missing", "complete"), [(0, True), (2, True), (3, False), (-15, True)])
def test_a_list_that_lacks_many_of_a_node_is_not_whole(
    sbc: RunningSbc, missing: int, complete: bool
) -> None:
    counted = len(sbc.truth())
    if complete:
        check = ask(NODE, settings(sbc), {NODE: counted - missing}, percent=5)
        assert check == CrossCheck(NODE, counted - missing, counted)
    else:
        with pytest.raises(Incomplete, match=f"{NODE} itself counts {counted} registered users"):
            ask(NODE, settings(sbc), {NODE: counted - missing}, percent=5)


def test_a_small_node_that_is_missing_whole_is_missed(certificates: Path) -> None:
    few = Population(users=3, nodes=1)
    with running_sbc(few, few.node_names[0], certificates=certificates) as sbc:
        assert ask("N", settings(sbc), {"N": 3}, percent=5).counted == 3
        with pytest.raises(Incomplete, match=r"0 of it: .* spelling .* these nodes: M, O"):
            ask("N", settings(sbc), {"O": 3, "": 1, "M": 2}, percent=5)


def test_a_share_may_be_missing_where_many_are_registered(certificates: Path) -> None:
    many = Population(users=1_000, nodes=1)
    with running_sbc(many, many.node_names[0], certificates=certificates) as sbc:
        assert ask("N", settings(sbc), {"N": 950}, percent=5).counted == 1_000
        with pytest.raises(Incomplete):
            ask("N", settings(sbc), {"N": 949}, percent=5)


def test_a_witness_that_is_silent_proves_nothing_and_is_told_of(
    sbc: RunningSbc, caplog: pytest.LogCaptureFixture
) -> None:
    sbc.set_fault(Fault("conflict_409"))
    check = ask(NODE, settings(sbc), {}, percent=5)
    assert check.counted is None
    assert "409" in check.said
    assert "could not be cross-checked" in caplog.text


@pytest.mark.parametrize(
    ("fault", "error"), [("forbidden", Forbidden), ("error_object_200", Malformed)]
)
def test_a_witness_that_cannot_be_asked_at_all_is_a_mistake_to_correct(
    sbc: RunningSbc, fault: str, error: type[ArmError]
) -> None:
    sbc.set_fault(Fault(fault))
    with pytest.raises(error):
        ask(NODE, settings(sbc), {NODE: 22}, percent=5)


def test_an_unavailable_device_is_asked_a_bounded_number_of_times() -> None:
    asked, server = fake(lambda _: (409, {}, b""))
    with pytest.raises(Unavailable):
        asked.count()
    assert len(server.asked) == ATTEMPTS
