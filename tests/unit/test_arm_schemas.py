"""docs/schemas and the client mean the same: what the one lets through, the other reads."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from include.arm import ArmError, ArmSettings, SbcSettings, records
from include.arm.client import ArmClient
from include.arm.exchange import Heard
from include.arm.pages import Decoder
from include.arm.sbc import SbcClient
from include.arm.settings import COLUMNS
from include.simulator.faults import Fault
from include.simulator.population import Population
from include.simulator.sbc import running_sbc
from include.simulator.server import Served, running
from tests.fake_arm import FakeServer, session

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
NAMES = sorted(path.name for path in SCHEMAS.glob("*.json"))
CONTENTS = {name: json.loads((SCHEMAS / name).read_text()) for name in NAMES}
REGISTRY: Any = Registry().with_resources(
    (name, Resource.from_contents(content)) for name, content in CONTENTS.items()
)
PAGE, USER, LOGIN, COUNT, SCRIPT = (
    f"{name}.json"
    for name in (
        "registered_users_page",
        "registered_user",
        "login_answer",
        "sbc_count",
        "sbc_script_answer",
    )
)
ACCESS: dict[str, Any] = {"host": "device", "login": "api", "password": "secret"}
TITLE = "*** SBC Registered Contacts ***"


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(CONTENTS[name], registry=REGISTRY)


def validates(name: str, document: object) -> bool:
    return bool(validator(name).is_valid(document))


# How the client reads each of them; it raises an ArmError where it does not.


def read_page(document: object) -> None:
    given = ArmSettings(**ACCESS, paging="none", confirm="when_moved")
    page = Decoder(given).page(json.dumps(document).encode(), "here")
    list(records.frames([page]))
    total = ArmClient(given, session=answering(document)).registered_users()
    total.read(lambda pages: sum(map(len, pages)))


def read_login(document: object) -> None:
    page = {"registeredUsers": [], "total": 0}
    given = ArmSettings(**ACCESS, authentication="login", paging="none")
    with ArmClient(given, session=answering(document, page)) as arm:
        arm.ask({})


def read_count(document: object) -> None:
    with SbcClient(SbcSettings(**ACCESS), session=answering(document)) as sbc:
        sbc.count()


def read_script(document: object) -> None:
    output = document.get("output") if isinstance(document, dict) else None
    active = str(output).count("Active status:1")
    count = {"registeredUsers": active}
    with SbcClient(SbcSettings(**ACCESS), session=answering(count, document, count)) as sbc:
        sbc.registered_users().read(list)


READ: dict[str, Callable[[object], None]] = {
    PAGE: read_page,
    LOGIN: read_login,
    COUNT: read_count,
    SCRIPT: read_script,
}


def answering(*documents: object) -> Any:
    """A session with a server that gives each of these once, and the last one again."""
    left = list(documents)

    def serve(_: object) -> Any:
        document = left.pop(0) if len(left) > 1 else left[0]
        return 200, {"Content-Type": "application/json"}, json.dumps(document).encode()

    return session(FakeServer(serve))


def accepted(name: str, document: object) -> bool:
    try:
        READ[name](document)
    except ArmError:
        return False
    return True


# What is valid

whole = st.integers(-(10**18) + 1, 10**18 - 1)
text = st.one_of(st.text(max_size=8), whole, st.none())
words = ("true", "false", "TRUE", "False", "0", "1", "")
extras = st.dictionaries(
    st.text(min_size=1, max_size=5),
    st.one_of(st.booleans(), text, st.floats(allow_nan=False, allow_infinity=False)),
    max_size=3,
)
fields: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(COLUMNS, text),
    "aor": st.one_of(st.text(min_size=1, max_size=8), whole),
    "expires": st.one_of(whole, whole.map(str), st.sampled_from([None, ""])),
    "active": st.one_of(st.booleans(), st.sampled_from([0, 1, None, *words])),
}
aor = {"aor": fields.pop("aor")}
users = st.builds(lambda more, own: more | own, extras, st.fixed_dictionaries(aor, optional=fields))


@st.composite
def pages(draw: st.DrawFn) -> dict[str, Any]:
    rows = [user | {"id": number} for number, user in enumerate(draw(st.lists(users, max_size=4)))]
    given = draw(extras) | {"registeredUsers": rows, "total": len(rows)}
    if draw(st.booleans()):
        given["total"] = str(len(rows))
    return given


tokens = st.text([chr(code) for code in range(32, 127)], min_size=1)
logins = st.builds(lambda more, token: more | {"token": token}, extras, tokens)
number = st.one_of(st.integers(0, 10**9), st.integers(0, 10**9 - 1).map(str))
counts = st.one_of(
    st.builds(lambda more, n: more | {"registeredUsers": n}, extras, number),
    number.map(lambda n: {"registeredUsers": {"value": n, "unit": "users"}}),
    number.map(lambda n: {"id": "registeredUsers", "value": n}),
    number.map(lambda n: [{"id": "registeredUsers", "value": n}]),
    number.map(lambda n: {"sbc": {"otherStats": {"global": {"registeredUsers": n, "calls": 1}}}}),
)
aors = st.from_regex(r"\+?[0-9]{3,12}", fullmatch=True)


@st.composite
def scripts(draw: st.DrawFn) -> dict[str, Any]:
    lines = [TITLE]
    for one in draw(st.lists(aors, max_size=4, unique=True)):
        state = draw(st.sampled_from(["Active status:1", "Not-Active", "Active status:0"]))
        lines += [one, f"  <sip:{one}@10.8.5.71>;expires=180; {state}; IPG:1; ID:7"]
    gap = draw(st.sampled_from([". ", "\n", "\r\n"]))
    return {"description": "loaded", "output": gap.join([*lines, ""])}


VALID = {PAGE: pages(), LOGIN: logins, COUNT: counts, SCRIPT: scripts()}


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(CONTENTS[name])
    assert CONTENTS[name]["$id"] == name
    assert "nverified" in CONTENTS[name]["description"]


def test_a_schema_has_all_fields_of_a_user() -> None:
    assert tuple(CONTENTS[USER]["properties"]) == COLUMNS


@pytest.mark.parametrize("name", VALID)
def test_what_validates_is_read(name: str) -> None:
    @settings(max_examples=150, deadline=None)
    @given(VALID[name])
    def holds(document: object) -> None:
        assert [error.message for error in validator(name).iter_errors(document)] == []
        READ[name](document)

    holds()


# What is not

GOOD_USER = {"aor": "1001"}


def page_with(**change: object) -> dict[str, Any]:
    return {"registeredUsers": [GOOD_USER], "total": 1} | change


def page_of(**change: object) -> dict[str, Any]:
    return page_with(registeredUsers=[GOOD_USER | change])


BAD: dict[str, list[Any]] = {
    PAGE: [
        *(None, 7, "users", [], [GOOD_USER], {}, {"total": 0}, {"registeredUsers": []}),
        *(page_with(registeredUsers=wrong) for wrong in (None, {}, "1001", [None], [[]], ["1001"])),
        *(page_with(total=wrong) for wrong in (None, -1, 1.5, True, "one", "", [1])),
        *(page_of(aor=wrong) for wrong in (None, "", True, 1.5, [], {})),
        *(page_of(expires=wrong) for wrong in ("soon", 1.5, True, [], "1e3", "0x10")),
        *(page_of(active=wrong) for wrong in ("yes", 2, 1.5, [], "Registered")),
        *(
            page_of(**{name: wrong})
            for name in ("id", "nodeName", "contact")
            for wrong in (True, {})
        ),
        page_with(registeredUsers=[GOOD_USER, {"user": "1001"}], total=2),
    ],
    LOGIN: [
        None,
        [],
        "token",
        {},
        {"token": None},
        {"token": ""},
        {"token": 7},
        {"token": "a\u00e4"},
    ],
    COUNT: [
        *(None, 7, [], {}, {"calls": 1}, {"id": "calls", "value": 1}, {"id": "registeredUsers"}),
        *({"registeredUsers": wrong} for wrong in (None, -1, 1.5, True, "many", "", [], {}, [1])),
        {"registeredUsers": {"value": None}},
        [{"id": "registeredUsers", "value": 1}, {"id": "registeredUsers", "value": 1}],
    ],
    SCRIPT: [
        *(None, [], {}, {"output": None}, {"output": 7}, {"output": ""}, {"output": [TITLE]}),
        {"output": "Invalid command"},
        {"output": "1001\n  <sip:1001@10.8.5.71>;expires=180"},
    ],
}


@pytest.mark.parametrize(
    ("name", "document"), [(name, document) for name, bad in BAD.items() for document in bad]
)
def test_what_is_refused_does_not_validate(name: str, document: object) -> None:
    assert (accepted(name, document), validates(name, document)) == (False, False)


# What the simulator serves


PEOPLE = Population(users=40, one_name_in=5, one_extension_in=3)


def reached(served: Served) -> dict[str, Any]:
    return {
        "host": served.host,
        "port": served.port,
        "login": served.username,
        "password": served.password,
        "fingerprint": served.fingerprint,
    }


def documents(heard: list[Heard]) -> Iterator[tuple[str, Any]]:
    return ((one.method, json.loads(one.body)) for one in heard)


@pytest.mark.parametrize(
    "fault",
    [None, "number_formats", "types_drift", "not_active", "several_contacts", "page_size_capped"],
)
@pytest.mark.parametrize("paging", ["none", "page", "offset", "cursor"])
def test_what_a_simulated_arm_serves_validates(paging: Any, fault: Any) -> None:
    heard: list[Heard] = []
    spoilt = Fault(fault) if fault else None
    with running(PEOPLE, authentication="login", fault=spoilt) as arm:
        given = ArmSettings(**reached(arm), authentication="login", paging=paging, page_size=15)
        with ArmClient(given, listener=heard.append) as client:
            client.registered_users().read(lambda pages: sum(map(len, pages)))
    for method, document in documents(heard):
        name = LOGIN if method == "POST" else PAGE
        assert [error.message for error in validator(name).iter_errors(document)] == []


@pytest.mark.parametrize("line_breaks", ["dots", "newlines"])
def test_what_a_simulated_sbc_serves_validates(line_breaks: Any) -> None:
    heard: list[Heard] = []
    with (
        running_sbc(PEOPLE, "SBC-LON-1", line_breaks=line_breaks) as sbc,
        SbcClient(SbcSettings(**reached(sbc)), listener=heard.append) as client,
    ):
        client.registered_users().read(list)
    assert len(heard) == 3
    for method, document in documents(heard):
        name = SCRIPT if method == "PUT" else COUNT
        assert [error.message for error in validator(name).iter_errors(document)] == []
