"""One SBC's own API counts its registered users and lists them on its command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from include.simulator.__main__ import described
from include.simulator.contacts import lines
from include.simulator.faults import FAULTS, Fault
from include.simulator.population import Population
from include.simulator.sbc import (
    CLI_SCRIPT,
    LIST_COMMAND,
    REGISTERED_USERS,
    STATISTICS,
    RunningSbc,
    running_sbc,
)
from include.simulator.script import Script

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
NODE = "SBC-LON-1"
POPULATION = Population(users=90, nodes=3, one_extension_in=5)
SCRIPT = Script.model_validate(
    {
        "events": [
            {"at": NOON, "action": "leave", "users": "0-29"},
            {"at": NOON, "action": "return", "users": "30-69", "active": False},
        ]
    }
)
EARLIER = NOON - timedelta(hours=1)


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSbc]:
    with running_sbc(POPULATION, NODE, SCRIPT, clock=EARLIER) as one:
        yield one


@pytest.fixture
def sbc(running: RunningSbc) -> Iterator[RunningSbc]:
    running.set_clock(EARLIER)
    yield running
    running.set_fault(None)


def ask(sbc: RunningSbc, path: str, method: str = "GET", **more: Any) -> requests.Response:
    given = {"auth": (sbc.username, sbc.password), "allow_redirects": False} | more
    patience = given.pop("timeout", 10)
    return requests.request(
        method, sbc.url + path, verify=str(sbc.certificate), timeout=patience, **given
    )


def upload(sbc: RunningSbc, command: str = LIST_COMMAND, **more: Any) -> requests.Response:
    file = ("cli.txt", command.encode(), "application/octet-stream")
    return ask(sbc, CLI_SCRIPT, "PUT", files={"file": file}, **more)


def contacts(output: str) -> list[str]:
    """The AOR lines and contact lines of the CLI's output."""
    title, *rest = output.split(". ")
    assert title == "*** SBC Registered Contacts ***"
    return rest


def test_it_counts_the_nodes_registered_aors(sbc: RunningSbc) -> None:
    for now in (EARLIER, NOON):
        sbc.set_clock(now)
        count = len(sbc.truth())
        assert {user["nodeName"] for user in sbc.truth()} == {NODE}
        statistics = ask(sbc, STATISTICS).json()["sbc"]["otherStats"]["global"]
        assert statistics["registeredUsers"] == count
        assert ask(sbc, REGISTERED_USERS).json() == {"id": "registeredUsers", "value": count}


def test_the_command_line_lists_each_aor_and_its_contact(sbc: RunningSbc) -> None:
    answer = upload(sbc).json()
    assert answer["description"] == "Incremental CLI Script file was loaded."
    told = contacts(answer["output"])
    truth = sbc.truth()
    assert told[::2] == [user["aor"] for user in truth]
    contact = re.compile(r"  (<sip:.+>);expires=(\d+); Active status:1; IPG:0; ID:(\d+)")
    found = [contact.fullmatch(line) for line in told[1::2]]
    assert [(line[1], int(line[2]), int(line[3])) for line in found if line] == [
        (user["contact"], user["expires"], user["id"]) for user in truth
    ]
    assert {"@" in aor for aor in told[::2]} == {True, False}


def test_who_is_not_active_is_so_in_either_documented_form(sbc: RunningSbc) -> None:
    sbc.set_clock(NOON)
    output = upload(sbc).json()["output"]
    told = [re.split("; ", line)[1] for line in contacts(output)[1::2]]
    active = [user["active"] for user in sbc.truth()]
    assert [form == "Active status:1" for form in told] == active
    assert set(told) == {"Active status:1", "Active status:0", "Not-Active"}


def test_an_aor_with_two_contacts_is_listed_once(sbc: RunningSbc) -> None:
    sbc.set_fault(Fault("several_contacts"))
    told = contacts(upload(sbc).json()["output"])
    aors = [line for line in told if not line.startswith("  ")]
    assert len(aors) == len(set(aors)) == len(sbc.truth())
    assert len(told) - len(aors) == len(sbc.listed()) > len(aors)
    assert ask(sbc, REGISTERED_USERS).json()["value"] == len(aors)


def test_the_row_of_an_ip_group_is_its_place_in_the_table() -> None:
    record = {
        "id": 4711,
        "aor": "1000@10.8.5.71",
        "contact": "<sip:1000@10.8.5.71:5060>",
        "expires": 180,
        "active": True,
        "ipGroup": "Users-PAR",
    }
    assert lines([record], ["Users-LON", "Users-PAR"]) == [
        "*** SBC Registered Contacts ***",
        "1000@10.8.5.71",
        "  <sip:1000@10.8.5.71:5060>;expires=180; Active status:1; IPG:1; ID:4711",
    ]


def test_lines_may_be_broken_as_lines() -> None:
    with running_sbc(POPULATION, NODE, line_breaks="newlines") as sbc:
        output = upload(sbc).json()["output"]
        assert len(output.split("\n")) == 1 + 2 * len(sbc.truth())


@pytest.mark.parametrize(
    "files",
    [
        {"file": ("cli.txt", b"show version")},
        {"file": ("cli.txt", b"")},
        {"other": ("cli.txt", LIST_COMMAND.encode())},
    ],
)
def test_a_script_that_it_does_not_know_is_refused(
    sbc: RunningSbc, files: dict[str, tuple[str, bytes]]
) -> None:
    answer = ask(sbc, CLI_SCRIPT, "PUT", files=files)
    assert (answer.status_code, LIST_COMMAND in answer.json()["error"]) == (400, True)


def test_a_body_that_is_no_upload_is_refused(sbc: RunningSbc) -> None:
    assert ask(sbc, CLI_SCRIPT, "PUT", data=LIST_COMMAND).status_code == 400


def test_while_busy_it_takes_no_script(sbc: RunningSbc) -> None:
    sbc.application.busy = True
    assert (upload(sbc).status_code, ask(sbc, STATISTICS).status_code) == (409, 200)
    sbc.application.busy = False
    assert upload(sbc).status_code == 200


def test_a_monitor_may_look_and_load_nothing() -> None:
    with running_sbc(POPULATION, NODE, level="monitor") as sbc:
        assert (upload(sbc).status_code, ask(sbc, STATISTICS).status_code) == (403, 200)


@pytest.mark.parametrize("path", [STATISTICS, REGISTERED_USERS, CLI_SCRIPT])
def test_other_methods_and_wrong_credentials_are_refused(sbc: RunningSbc, path: str) -> None:
    assert ask(sbc, path, "DELETE").status_code == 405
    method = "PUT" if path == CLI_SCRIPT else "GET"
    refused = ask(sbc, path, method, auth=("Admin", "wrong"))
    assert (refused.status_code, "Basic" in refused.headers["WWW-Authenticate"]) == (401, True)


WORKING = {
    "forbidden": 403,
    "method_not_allowed": 405,
    "no_content_400": 400,
    "no_content_204": 204,
    "empty_body": 200,
    "conflict_409": 409,
    "rate_limited": 429,
    "rate_limited_until": 429,
    "unavailable_flap": 503,
    "bad_gateway": 502,
    "gateway_timeout": 504,
    "html_login_200": 200,
    "redirect_to_login": 302,
    "error_object_200": 200,
    "truncated": 200,
    "token_expires_at_page": 401,
}


@pytest.mark.parametrize("name", WORKING)
def test_faults_of_one_request_strike_it_too(sbc: RunningSbc, name: str) -> None:
    whole = ask(sbc, STATISTICS).content
    sbc.set_fault(Fault(name, times=1))
    struck = ask(sbc, STATISTICS)
    assert (struck.status_code, struck.content == whole) == (WORKING[name], False)
    assert upload(sbc).status_code == 200


@pytest.mark.parametrize("name", ["connection_cut", "length_mismatch", "never_answers"])
def test_its_answers_break_as_well(sbc: RunningSbc, name: str) -> None:
    sbc.set_fault(Fault(name))
    with pytest.raises(requests.RequestException):
        upload(sbc, timeout=0.3)


def test_no_fault_makes_it_fail_itself(sbc: RunningSbc) -> None:
    for name in FAULTS.keys() - {"certificate_changed", "gzip_bomb"}:
        sbc.set_fault(Fault(name, pause=0.001, padding=9))
        try:
            upload(sbc, timeout=0.3)
        except requests.RequestException:
            continue
    assert not {status for _, status in sbc.requests} & {500, 404}


def test_three_wrong_passwords_lock_it() -> None:
    with running_sbc(POPULATION, NODE, fault=Fault("lockout_after_3")) as sbc:
        tried = [ask(sbc, STATISTICS, auth=("Admin", "x")).status_code for _ in range(3)]
        assert (tried, ask(sbc, STATISTICS).status_code) == ([401] * 3, 403)
        assert sbc.application.locked


def test_a_node_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="SBC-ROM-1"), running_sbc(POPULATION, "SBC-ROM-1"):
        pass


def test_its_connection_names_the_node(sbc: RunningSbc) -> None:
    told = described(sbc)
    assert "AIRFLOW_CONN_SBC_SIMULATOR='" in told
    assert '"conn_type": "audiocodes_sbc"' in told
    assert f'"extra": {{"node": "{NODE}", "ca_file": ' in told
