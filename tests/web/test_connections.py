"""The connection types in Airflow's API: the form, what it stores, and the test of a connection."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from include import arm
from include.arm import SettingsInvalid, Unavailable
from include.arm.probe.findings import Finding
from include.orchestration import provider
from tests.airflow_home import api, prepare

# Airflow's own test of a connection uses it.
pytestmark = pytest.mark.filterwarnings("ignore:ProvidersManager.hooks is deprecated")

PASSWORD = "not/a secret"
TESTED = "/api/v2/connections/test"
FORMS = {
    kind["connection-type"]: kind["conn-fields"]
    for kind in provider.get_provider_info()["connection-types"]
}
WELL = Finding(True, "Certificate", "trusted, by its fingerprint.")
LIST = Finding(True, "List", "40 registered users")
ILL = Finding(False, "Sign-in", f"refused for {PASSWORD}; check the user")
ELSEWHERE = Finding(False, "List", "not under 'x'; set list_key", {"list_key": "data.users"})
NAMES = Finding(False, "Fields", "not all found; set fields", {"fields": {"aor": "address"}})
ANYBODY = Finding(
    True,
    "Certificate",
    "NOT VERIFIED (do_not_verify is on)",
    {"fingerprint": "5c0b", "do_not_verify": False},
    "NOT VERIFIED",
)


@pytest.fixture(scope="module", autouse=True)
def airflow() -> None:
    """Airflow is ready to be imported."""
    prepare()


@pytest.fixture(autouse=True)
def tests_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow offers the test of a connection."""
    monkeypatch.setenv("AIRFLOW__CORE__TEST_CONNECTION", "Enabled")


@pytest.fixture
def stored() -> Iterator[dict[str, Any]]:
    """A connection whose form was left blank, as Airflow has it now."""
    answer = api("ada", "admin").post("/api/v2/connections", json=form())
    assert answer.status_code == 201, answer.text
    yield answer.json()
    api("ada", "admin").delete(f"/api/v2/connections/{answer.json()['connection_id']}")


def form(kind: str = provider.ARM, port: int | None = 8443, **extra: Any) -> dict[str, Any]:
    """What the browser sends for a form: null for every field that was left blank."""
    return {
        "connection_id": "of_the_tests",
        "conn_type": kind,
        "host": "arm.example.com",
        "port": port,
        "login": "reader",
        "password": PASSWORD,
        "extra": json.dumps(dict.fromkeys(FORMS[kind]) | extra),
    }


def probed(monkeypatch: pytest.MonkeyPatch, *findings: Any) -> list[Any]:
    """Have a probe find this, or fail with it; the settings that it is given, as they come."""
    asked: list[Any] = []

    def probe(settings: Any) -> list[Any]:
        asked.append(settings)
        if findings and isinstance(findings[0], Exception):
            raise findings[0]
        return list(findings)

    monkeypatch.setattr(arm, "probe", SimpleNamespace(probe=probe), raising=False)
    return asked


@pytest.mark.parametrize("kind", FORMS)
def test_the_browser_is_told_the_form(kind: str) -> None:
    answer = api("ada", "admin").get("/ui/connections/hook_meta")
    [told] = [one for one in answer.json() if one["connection_type"] == kind]
    assert told["hook_name"] == provider.NAMES[kind]
    assert told["standard_fields"]["url_schema"]["hidden"]
    assert told["standard_fields"]["login"]["title"] == "User"
    assert list(told["extra_fields"]) == list(FORMS[kind])
    assert {field["value"] for field in told["extra_fields"].values()} == {None}
    assert told["extra_fields"]["ca_file"]["schema"]["title"] == "Authority file"


def test_a_form_left_blank_is_stored_and_tested_as_the_defaults(
    stored: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = probed(monkeypatch, WELL, LIST)
    answer = api("ada", "admin").post(TESTED, json={**stored, "port": 8443})
    assert answer.json() == {
        "status": True,
        "message": "Certificate: trusted, by its fingerprint. List: 40 registered users",
    }
    [settings] = asked
    assert settings == arm.ArmSettings(
        host="arm.example.com", port=8443, login="reader", password=PASSWORD
    )


@pytest.mark.parametrize("kind", FORMS)
def test_a_connection_is_tested_with_what_the_form_has(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = probed(monkeypatch, WELL)
    wish = form(kind, deadline=7, do_not_verify=True) | {"host": "https://arm.example.com"}
    assert api("ada", "admin").post(TESTED, json=wish).json()["status"]
    [settings] = asked
    assert settings.base_url == "https://arm.example.com:8443"
    assert (settings.deadline, settings.do_not_verify) == (7, True)
    assert settings.password.get_secret_value() == PASSWORD


def test_what_to_set_comes_first_by_its_place_in_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    probed(monkeypatch, WELL, ELSEWHERE, LIST, NAMES)
    answer = api("ada", "admin").post(TESTED, json=form()).json()
    assert (answer["status"], answer["message"]) == (
        False,
        'Set: Key of the list (list_key, under "Names in an answer") = data.users; '
        'Fields of a user (fields, under "Names in an answer") = {"aor": "address"}. '
        "List: not under 'x'; set list_key. Fields: not all found; set fields",
    )


@pytest.mark.parametrize("others", [(LIST,), (ELSEWHERE,)])
def test_a_certificate_that_is_not_verified_is_said_first(
    others: tuple[Finding, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    probed(monkeypatch, ANYBODY, *others)
    answer = api("ada", "admin").post(TESTED, json=form()).json()
    assert answer["status"] == others[0].ok
    assert answer["message"].startswith(
        "NOT VERIFIED. Compare the fingerprint on the server itself, then set: "
        'Fingerprint (fingerprint, under "Certificate") = 5c0b; '
        'Do not verify (do_not_verify, under "Certificate") = false'
    )


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ((WELL, ILL, LIST), "Sign-in: refused for ***; check the user"),
        ((), "Nothing could be found out"),
        (
            (Unavailable(f"arm.example.com does not answer to {PASSWORD}"),),
            "does not answer to ***",
        ),
    ],
)
def test_what_is_not_well_is_said_without_the_password(
    findings: tuple[Any, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    probed(monkeypatch, *findings)
    answer = api("ada", "admin").post(TESTED, json=form()).json()
    assert not answer["status"]
    assert said in answer["message"]


def test_what_is_wrong_in_the_form_is_said_by_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = probed(monkeypatch, WELL)
    answer = api("ada", "admin").post(TESTED, json=form(fingerprint="12")).json()
    assert not answer["status"]
    assert answer["message"].startswith("fingerprint: ")
    assert asked == []


@pytest.mark.parametrize(("user", "role"), [("vera", "viewer"), ("una", "user")])
def test_who_may_not_add_a_connection_may_not_test_one(
    user: str, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = probed(monkeypatch, WELL)
    assert api(user, role).post(TESTED, json=form()).status_code == 403
    assert asked == []


def test_a_hook_gives_no_client_for_a_connection_of_another_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from include.orchestration.hooks import ArmHook, SbcHook

    monkeypatch.setenv("AIRFLOW_CONN_OF_THE_TESTS", "audiocodes-sbc://reader:secret@sbc/")
    with pytest.raises(SettingsInvalid, match=r"of_the_tests is not of the type.*Routing Manager"):
        ArmHook("of_the_tests").get_conn()
    monkeypatch.setenv("AIRFLOW_CONN_OF_THE_TESTS", "audiocodes-arm://reader:secret@arm/")
    with pytest.raises(SettingsInvalid, match=r"of_the_tests is not of the type.*Mediant SBC"):
        SbcHook("of_the_tests").get_conn()


def test_the_hook_of_a_routing_manager_gives_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    from include.orchestration.hooks import ArmHook

    monkeypatch.setenv("AIRFLOW_CONN_OF_THE_TESTS", "audiocodes-arm://reader:secret@arm/")
    with ArmHook("of_the_tests").get_conn() as client:
        assert client is not None
