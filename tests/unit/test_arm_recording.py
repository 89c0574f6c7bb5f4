"""A recording: readable by the client, and nothing of anybody in it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.arm import ArmSettings, AuthenticationFailed, SbcSettings
from include.arm.exchange import Heard
from include.arm.pages import Decoder
from include.arm.recording import Recording, body, record, save
from include.arm.recording.masks import Masks
from include.arm.sbc import parsed
from include.simulator.dialect import Dialect
from include.simulator.faults import Fault
from include.simulator.population import Population
from include.simulator.sbc import running_sbc
from include.simulator.server import Served, running

PASSWORD = "Geheim-7319"
LOGIN = "northbound-reader"
HOST = "arm-7.intern.example"
PLAIN = ArmSettings(host=HOST, login=LOGIN, password=PASSWORD)
LIST = f"https://{HOST}:443/ARM/v1/registeredUsers?offset=0&limit=1000"


def heard(content: object, *, status: int = 200, url: str = LIST, **headers: str) -> Heard:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Heard("GET", url, status, {"Content-Type": "application/json", **headers}, text)


def saved(*answers: Heard, given: ArmSettings | SbcSettings = PLAIN) -> tuple[list[Any], str]:
    """The documents that are saved, and all that is in the files, as text."""
    with TemporaryDirectory() as folder:
        done = save(given, Path(folder), list(answers))
        texts = [file.read_text() for file in sorted(Path(folder).iterdir())]
        return [json.loads((Path(folder) / name).read_text()) for name in done.files], str(texts)


def masked(content: object, **answer: Any) -> Any:
    [document], _ = saved(heard(content, **answer))
    return document["body"]


def records_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["body"]["registeredUsers"]
    return found


# Anything may be registered, so long as it is long enough not to come by chance.

AGENT = "AUDC-IPPhone-430HD_UC_2.0.13.121/00908f5a1b2c"
KEYS = ("id", "aor", "user", "host", "contact", "expires", "active", "nodeName", "userAgent")
NOBODY = {"total": 0, "offset": 0, "registeredUsers": [dict.fromkeys(KEYS)], "userAgent": AGENT}
ALWAYS_THERE = f"{saved(heard(NOBODY))} transport extra".lower()

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZäßЖ中"
letters = st.text(LETTERS, min_size=8, max_size=12).filter(
    lambda text: text.lower() not in ALWAYS_THERE
)
digits = st.text("0123456789", min_size=10, max_size=15).filter(
    lambda text: len(text.lstrip("0")) > 9
)
numbers = st.one_of(digits, digits.map("+{}".format), digits.map("00{}".format))
octets = st.integers(10, 250).map(str)
addresses = st.tuples(octets, octets, octets, octets).map(".".join)
names = st.tuples(letters, letters).map(lambda two: f"{two[0]}.{two[1]}")
hosts = st.one_of(addresses, names, names.map("{}.example".format))
users = st.one_of(numbers, letters, names)
aors = st.one_of(
    users,
    st.tuples(users, hosts).map("@".join),
    st.tuples(users, hosts).map(lambda two: f"sip:{two[0]}@{two[1]};user=phone"),
    numbers.map("tel:{}".format),
)
contacts = st.tuples(users, hosts).map(lambda two: f"<sip:{two[0]}@{two[1]}:5060;transport=tls>")


@st.composite
def people(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "id": draw(st.one_of(st.integers(0, 10**9), st.uuids().map(str))),
        "aor": draw(aors),
        "user": draw(st.one_of(st.none(), users)),
        "host": draw(st.one_of(st.none(), hosts)),
        "contact": draw(st.one_of(st.none(), contacts)),
        "expires": draw(st.one_of(st.none(), st.integers(0, 99_999))),
        "active": draw(st.sampled_from([True, False, None, "true"])),
        "nodeName": draw(st.sampled_from([None, "SBC-LON-1", "SBC-LON-2"])),
        "userAgent": AGENT,
        "extra": draw(
            st.one_of(users, st.lists(aors, max_size=2), st.dictionaries(numbers, users))
        ),
    }


def texts_in(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for inner in pair for text in texts_in(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts_in(inner)]
    return [value] if isinstance(value, str) else []


def form(text: str) -> str:
    """A text's form: capitals, digits, leading zeros and signs; addresses are of any length."""
    text = re.sub(r"(?<![\w.])[0-9]{1,3}(\.[0-9]{1,3}){3}(?![\w.])", "address", text)
    text = re.sub(r"[^\x00-\x7f]", "ä", text)
    text = re.sub(r"(?<![0-9])(0*)([0-9]+)", lambda found: found[1] + "9" * len(found[2]), text)
    return re.sub("[A-Z]", "X", re.sub("[a-z]", "x", text))


@settings(max_examples=100, deadline=None)
@given(st.lists(people(), max_size=6), st.integers(0, 4_000_000))
def test_a_list_is_read_as_before_and_nobody_is_in_it(
    rows: list[dict[str, Any]], total: int
) -> None:
    [document], text = saved(heard({"total": total, "offset": 0, "registeredUsers": rows}))
    page = Decoder(PLAIN).page(json.dumps(document["body"]).encode(), "here")
    assert (len(page), page.total) == (len(rows), total)
    for before, after in zip(rows, records_of(document), strict=True):
        assert [type(value) for value in before.values()] == [
            type(value) for value in after.values()
        ]
        for key in ("aor", "user", "host", "contact"):
            assert before[key] is None or form(before[key]) == form(after[key])
        for key in ("expires", "active"):
            assert before[key] == after[key]
        personal = [before[key] for key in ("aor", "user", "host", "contact", "extra")]
        for one in texts_in(personal):
            assert one not in text
            for word in re.findall(r"[^\W\d_]{8,}|[1-9][0-9]{9,}", one):
                assert word.lower() in ALWAYS_THERE or word.lower() not in text.lower()
    assert all(secret not in text for secret in (HOST, LOGIN, PASSWORD))


@settings(max_examples=50, deadline=None)
@given(st.lists(users, min_size=1, max_size=4), st.text(max_size=30))
def test_what_is_no_json_has_no_numbers_and_nobody_known_in_it(known: list[str], rest: str) -> None:
    page = f"<html><p>Hello {' '.join(known)} at {HOST}, {rest}</p>{PASSWORD}</html>"
    rows = [{"aor": one} for one in known]
    broken = json.dumps({"registeredUsers": rows})[:-3]
    documents, text = saved(
        heard(page.encode(), **{"Content-Type": "text/html"}),
        heard(broken.encode()),
        heard({"error": f"no {known[0]} at {HOST} for {LOGIN}"}, status=500),
        heard({"registeredUsers": rows}),
    )
    assert documents[0]["body"].startswith("<html><p>Hello ")
    assert documents[1]["body"].startswith('{"registeredUsers": [{"aor": "')
    assert all(secret not in text for secret in (HOST, LOGIN, PASSWORD))
    for one in known:
        assert one not in text


def test_the_same_becomes_the_same_in_every_answer() -> None:
    number = "+442079460123"
    rows = [
        {"aor": number, "user": number, "contact": f"<sip:{number}@10.8.5.71:5060>"},
        {"aor": "00442079460123", "host": "10.8.5.71", "nodeName": "SBC-LON-1"},
        {"aor": 442079460123, "host": "SBC.example", "nodeName": "SBC-LON-2"},
    ]
    content = {"registeredUsers": rows}
    documents, _ = saved(heard(content), heard(content))
    first, second, third = records_of(documents[0])
    assert first["aor"] == first["user"]
    assert first["contact"].startswith(f"<sip:{first['aor']}@198.1")
    assert second["aor"] == "00" + first["aor"].removeprefix("+")
    assert str(third["aor"]) == first["aor"].removeprefix("+")
    assert second["host"] in first["contact"]
    assert second["nodeName"] != third["nodeName"]
    assert third["host"].split(".")[0] == second["nodeName"].split("-")[0]
    assert documents[0]["body"] == documents[1]["body"]


def test_different_extensions_stay_different() -> None:
    rows = [{"id": number, "aor": str(number)} for number in range(1, 3000)]
    after = masked({"registeredUsers": rows})["registeredUsers"]
    assert len({row["aor"] for row in after}) == len({row["id"] for row in after}) == len(rows)
    assert not any(row["aor"] == old["aor"] for row, old in zip(after, rows, strict=True))


def test_what_says_how_it_is_stays() -> None:
    row = {
        "aor": "tel:%2B442079460123",
        "active": "false",
        "status": "Registered",
        "expires": "180",
        "since": "2026-11-25T16:29:29Z",
        "nodeId": 3,
        "userAgent": "AUDC-IPPhone-430HD_UC_2.0.13.121/00908f5a1b2c",
    }
    [after] = masked({"total": 123456, "registeredUsers": [row]})["registeredUsers"]
    for key in ("active", "status", "expires", "since", "nodeId"):
        assert after[key] == row[key]
    assert after["aor"].startswith("tel:%2B")
    assert after["userAgent"].startswith("AUDC-IPPhone-430HD_UC_2.0.13.121/")
    assert "00908f5a1b2c" not in after["userAgent"]


def test_fields_of_other_names_are_known_by_the_settings() -> None:
    other = PLAIN.model_copy(
        update={"fields": {"expires": "left", "aor": "who", "active": "there"}}
    )
    row = {"who": "Suzanne", "left": 3600, "there": "true", "other": 3600}
    [document], _ = saved(heard({"registeredUsers": [row]}), given=other)
    [after] = records_of(document)
    assert (after["left"], after["there"]) == (3600, "true")
    assert (after["who"] != "Suzanne", after["other"] != 3600) == (True, True)


def test_a_list_under_another_key_is_masked_as_well() -> None:
    rows = [{"sipUri": "sip:Suzanne@office.example"}]
    for content in (rows, {"data": {"items": rows}}, {"+442079460123": {"aor": "Suzanne"}}):
        _, text = saved(heard(content))
        assert "Suzanne" not in text
        assert "office" not in text
        assert "442079460123" not in text


def test_credentials_are_nowhere() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0.x-_y"
    login = Heard("POST", f"https://{HOST}:443/ARM/v1/login", 200, {}, b"")
    answers = {"access_token": token, "token_type": "Bearer", "expiresIn": 3600, "who": LOGIN}
    cursor = "YWZ0ZXIgNDQyMDc5NDYwMTIz"
    documents, text = saved(
        Heard(
            login.method,
            login.url,
            200,
            {"Set-Cookie": "JSESSIONID=1"},
            json.dumps(answers).encode(),
        ),
        heard({"registeredUsers": [], "nextCursor": cursor}),
        heard({"registeredUsers": []}, url=f"{LIST}&cursor={cursor}"),
        heard(
            {"error": f"{LOGIN} at {HOST}: {PASSWORD}"},
            status=401,
            **{"WWW-Authenticate": f'Digest realm="{HOST}", nonce=abcdefgh', "X-User": LOGIN},
        ),
    )
    for secret in (token, "c2VjcmV0", "JSESSIONID", cursor, "abcdefgh", HOST, LOGIN, PASSWORD):
        assert secret not in text
    assert documents[0]["body"]["token_type"] == "Bearer"
    assert documents[0]["headers"]["Set-Cookie"] == "(left out)"
    named = documents[1]["body"]["nextCursor"]
    assert documents[2]["request"].endswith(f"?offset=0&limit=1000&cursor={named}")
    assert documents[3]["headers"]["WWW-Authenticate"] == 'Digest realm="***", nonce="***"'


def test_a_text_for_people_stays_readable() -> None:
    said = {"error": "parameters that do not go together: limit, skip", "code": 17}
    assert masked(said, status=400) == said


def test_what_an_sbc_prints_is_read_as_before() -> None:
    given = SbcSettings(host=HOST, login=LOGIN, password=PASSWORD)
    for gap in (". ", "\n"):
        lines = [
            "*** SBC Registered Contacts ***",
            "+442079460123",
            "  <sip:+442079460123@10.8.5.71:5060>;expires=180; Active status:1; IPG:2; ID:4711",
            "Suzanne",
            "  <sip:Suzanne@10.8.5.72>;expires=60; Not-Active; IPG:1; ID:4712",
        ]
        printed = {
            "description": "Incremental CLI Script file was loaded.",
            "output": gap.join(lines),
        }
        [document], text = saved(heard(printed), given=given)
        assert document["body"]["description"] == printed["description"]
        listed = parsed(document["body"]["output"], "SBC", "here")
        assert (listed.aors, listed.active, len(listed.page)) == (2, 1, 2)
        assert listed.page.columns["expires"] == ["180", "60"]
        assert listed.page.columns["ipGroup"] == ["2", "1"]
        for one in ("442079460123", "Suzanne", "10.8.5.7", "4711"):
            assert one not in text


def test_masks_are_drawn_anew_each_time() -> None:
    assert len({Masks().strict("+442079460123") for _ in range(5)}) == 5


# Over HTTPS


def arm_settings(arm: Served, **extra: Any) -> ArmSettings:
    trust = {"fingerprint": arm.fingerprint}
    return ArmSettings.from_connection(
        host=arm.host,
        port=arm.port,
        login=arm.username,
        password=extra.pop("password", arm.password),
        extra={**trust, **extra},
    )


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.suffix == ".json")


PEOPLE = Population(users=60, one_name_in=7, one_extension_in=5)


@pytest.mark.parametrize("paging", ["none", "page", "offset", "cursor"])
def test_login_and_first_pages_are_recorded(paging: str, tmp_path: Path) -> None:
    with running(
        PEOPLE, authentication="login", dialect=Dialect(login_answer_key="data.jwt")
    ) as arm:
        given = arm_settings(
            arm, authentication="login", login_answer_key="data.jwt", paging=paging, page_size=10
        )
        done = record(given, tmp_path, pages=2)
        names = ["001-POST-login.json", "002-GET-registeredUsers.json"]
        if paging != "none":
            names.append("003-GET-registeredUsers.json")
        assert done == Recording(names, "")
        assert files(tmp_path) == names
        text = "".join(file.read_text() for file in tmp_path.iterdir())
        for one in arm.truth():
            assert (len(one["aor"]) < 6) or one["aor"] not in text
        assert arm.password not in text
    page = Decoder(given).page(body(tmp_path / names[1]), "here")
    assert len(page) == (60 if paging == "none" else 10)
    assert paging == "cursor" or page.total == 60
    readme = (tmp_path / "README.txt").read_text()
    assert '"page_size": 10' in readme
    assert "127.0.0.1" not in readme


def test_a_refusal_is_recorded_with_what_was_said(tmp_path: Path) -> None:
    with running(PEOPLE) as arm:
        done = record(arm_settings(arm, password="wrong-password"), tmp_path)
    assert (done.files, "answered 401" in done.error) == (["001-GET-registeredUsers.json"], True)
    document = json.loads((tmp_path / done.files[0]).read_text())
    assert (document["status"], document["headers"]["www-authenticate"]) == (
        401,
        'Basic realm="***"',
    )
    assert document["body"] == {"error": "wrong credentials, or none"}
    readme = (tmp_path / "README.txt").read_text()
    assert f"AuthenticationFailed. {AuthenticationFailed.__doc__}" in readme
    assert "The last answer: status 401 to GET /ARM/v1/registeredUsers\n" in readme
    assert "127.0.0.1" not in readme
    assert "wrong credentials" not in readme


@pytest.mark.parametrize("fault", ["html_login_200", "truncated", "empty_body", "conflict_409"])
def test_a_fault_is_recorded(fault: Any, tmp_path: Path) -> None:
    with running(PEOPLE, fault=Fault(fault, row=0)) as arm:
        done = record(arm_settings(arm), tmp_path)
    assert done.error
    assert files(tmp_path) == ["001-GET-registeredUsers.json"]


def test_nobody_there_is_recorded_too(tmp_path: Path) -> None:
    given = PLAIN.model_copy(update={"host": "127.0.0.1", "port": 1})
    done = record(given, tmp_path / "new")
    assert (done.files, "no answer" in done.error) == ([], True)
    readme = (tmp_path / "new" / "README.txt").read_text()
    assert "Nothing was answered." in readme
    assert "The last answer" not in readme


def test_an_sbc_is_recorded(tmp_path: Path) -> None:
    with running_sbc(PEOPLE, "SBC-LON-1") as sbc:
        given = SbcSettings.from_connection(
            host=sbc.host,
            port=sbc.port,
            login=sbc.username,
            password=sbc.password,
            extra={"fingerprint": sbc.fingerprint, "node": "SBC-LON-1"},
        )
        done = record(given, tmp_path)
        assert done.error == ""
        text = "".join(file.read_text() for file in tmp_path.iterdir())
        assert not [one for one in sbc.truth() if len(one["aor"]) > 5 and one["aor"] in text]
    assert [name[3:8] for name in done.files] == ["-GET-", "-PUT-", "-GET-"]
    output = json.loads(body(tmp_path / done.files[1]))["output"]
    assert len(parsed(output, "SBC", "here").page) > 0


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="is not empty"):
        record(PLAIN, tmp_path)
