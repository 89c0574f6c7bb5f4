"""Settings of a connection, out of an Airflow connection or its environment variable."""

import json
import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from include.arm import ArmSettings, NumberRules, SettingsInvalid, SiteRule
from include.arm import from_environment as from_environment_variable

SECRET = "s3cret"


def settings(**extra: Any) -> ArmSettings:
    return ArmSettings.from_connection(host="arm", login="api", password=SECRET, extra=extra)


def from_environment(monkeypatch: pytest.MonkeyPatch, text: str) -> ArmSettings:
    monkeypatch.setenv("AIRFLOW_CONN_ARM_LONDON", text)
    return from_environment_variable("arm_london")


def test_host_login_and_password_are_enough() -> None:
    arm = settings()
    assert arm.base_url == "https://arm:443"
    assert (arm.authentication, arm.paging, arm.page_size) == ("basic", "offset", 1000)
    assert not arm.do_not_verify


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("arm.example.com", None, "https://arm.example.com:443"),
        ("arm.example.com", 8443, "https://arm.example.com:8443"),
        ("arm.example.com:8443", None, "https://arm.example.com:8443"),
        ("https://arm.example.com", None, "https://arm.example.com:443"),
        ("https://arm.example.com:8443/", None, "https://arm.example.com:8443"),
        ("https://arm.example.com", 8443, "https://arm.example.com:8443"),
        ("2001:db8::1", 8443, "https://[2001:db8::1]:8443"),
        ("[2001:db8::1]", None, "https://[2001:db8::1]:443"),
        ("https://[2001:db8::1]:8443", None, "https://[2001:db8::1]:8443"),
    ],
)
def test_a_host_may_be_a_name_an_address_or_a_url(host: str, port: int | None, url: str) -> None:
    arm = ArmSettings.from_connection(host=host, port=port, login="api", password=SECRET)
    assert arm.base_url == url


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("http://arm", "in the clear"),
        ("https://arm/path", "nothing more"),
        ("https://api:s3cret@arm", "nothing more"),
        ("arm:port", "is no URI"),
        ("https://arm:99999", "is no URI"),
        ("arm london", "host: "),
        (None, "host: Field required"),
    ],
)
def test_a_host_that_is_none_is_refused(host: str | None, message: str) -> None:
    with pytest.raises(SettingsInvalid, match=message) as failure:
        ArmSettings.from_connection(host=host, login="api", password=SECRET)
    assert SECRET not in str(failure.value)


def test_blank_parts_take_their_default() -> None:
    assert settings(ca_file="", fingerprint=None, page_size="") == settings()


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"pagin": "page"}, "pagin: "),
        ({"paging": "pages"}, "paging: .*'none', 'page', 'offset' or 'cursor'"),
        ({"authentication": "digest"}, "authentication: "),
        ({"page_size": 0}, "page_size: "),
        ({"do_not_verify": "perhaps"}, "do_not_verify: "),
        ({"deadline": -1}, "deadline: "),
        ({"ca_file": "/no/such/file.pem"}, "ca_file: "),
        ({"fingerprint": "12:34"}, "fingerprint: .*64 hexadecimal digits"),
        ({"login_path": "login"}, "login_path: "),
        ({"fields": {"number": "aor"}}, "fields.number"),
        ({"fields": "{"}, "fields: "),
        ({"concurrency": 3}, "concurrency: with basic at most 2"),
        ({"confirm": "when_moved", "total_key": "none"}, "when_moved needs a total"),
        ({"deadline": "inf"}, "deadline: "),
        ({"fields": {"aor": "user"}}, "fields: two fields have the same name"),
        ({"fields": {"aor": "host.aor"}}, "one lies inside another"),
        ({"list_key": "data", "total_key": "data.total"}, "must lie beside each other"),
        ({"list_key": "none", "paging": "cursor"}, "no room for a cursor"),
        ({"do_not_verify": True, "fingerprint": "0" * 64}, "only one of do_not_verify"),
    ],
)
def test_a_mistake_is_named_by_its_key(extra: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsInvalid, match=message):
        settings(**extra)


def test_all_mistakes_are_named_in_one_line() -> None:
    with pytest.raises(SettingsInvalid) as failure:
        ArmSettings.from_connection(host="arm", password=SECRET, extra={"paging": "x"})
    assert "login: " in str(failure.value)
    assert "paging: " in str(failure.value)
    assert "\n" not in str(failure.value)


def test_the_password_is_in_no_text_of_settings_or_mistakes() -> None:
    assert SECRET not in repr(settings()) + str(settings().model_dump())
    with pytest.raises(SettingsInvalid) as failure:
        ArmSettings.from_connection(host="arm", password=SECRET)
    assert SECRET not in str(failure.value) + str(failure.value.__cause__)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        settings().port = 1  # type: ignore[misc]


def test_a_fingerprint_may_be_written_with_colons() -> None:
    assert settings(fingerprint=":".join(["AB"] * 32)).fingerprint == "ab" * 32


@pytest.mark.parametrize(
    "uri",
    [
        "audiocodes-arm://api:p%40ss%2Fw%3Ard@arm:8443/?paging=page&do_not_verify=true&page_size=50",
        "https://api:p%40ss%2Fw%3Ard@arm:8443?paging=page&do_not_verify=True&page_size=50",
        "audiocodes-arm://api:p%40ss%2Fw%3Ard@arm:8443/"
        "?__extra__=%7B%22paging%22%3A+%22page%22%2C+%22do_not_verify%22%3A+true%2C+%22page_size%22%3A+50%7D",
    ],
)
def test_a_uri_in_the_environment(monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    arm = from_environment(monkeypatch, uri)
    assert arm.base_url == "https://arm:8443"
    assert (arm.login, arm.password.get_secret_value()) == ("api", "p@ss/w:rd")
    assert (arm.paging, arm.do_not_verify, arm.page_size) == ("page", True, 50)


@pytest.mark.parametrize("port", [8443, "8443"], ids=repr)
@pytest.mark.parametrize("as_text", [False, True])
def test_json_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, port: object, as_text: bool
) -> None:
    extra = {"paging": "cursor", "fields": {"aor": "addressOfRecord"}}
    connection = {
        "conn_type": "audiocodes_arm",
        "host": "arm",
        "login": "api",
        "password": SECRET,
        "port": port,
        "extra": json.dumps(extra) if as_text else extra,
    }
    arm = from_environment(monkeypatch, json.dumps(connection))
    assert (arm.base_url, arm.paging) == ("https://arm:8443", "cursor")
    assert arm.fields == {"aor": "addressOfRecord"}


def test_json_without_port_and_extra_takes_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {"host": "arm", "login": "api", "password": SECRET, "port": None, "extra": None}
    assert from_environment(monkeypatch, json.dumps(connection)) == settings()


def test_fields_in_a_uri_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    uri = "audiocodes-arm://api:x@arm/?fields=%7B%22aor%22%3A%22address%22%7D"
    assert from_environment(monkeypatch, uri).fields == {"aor": "address"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "connection arm_london is not known: set the environment variable"),
        ("audiocodes-arm://api:s3cret@arm/?pagin=page", "pagin: "),
        ("audiocodes-arm://api:s3cret@arm:https/", "is no URI"),
        ("audiocodes-arm://api:s3cret@[arm/", "is no URI"),
        ("audiocodes-arm://api:s3cret@arm/?__extra__=[]", "extra must be a JSON object"),
        ("arm", "host: Field required"),
        ('{"host": "arm", "password": "s3cret"', "must be a JSON object"),
        ('{"host": "arm", "login": "api", "password": "s3cret", "port": "x"}', "port: "),
        ('{"host": "arm", "login": "api", "password": "s3cret", "extra": "x"}', "extra must be"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    with pytest.raises(SettingsInvalid, match=message) as failure:
        from_environment(monkeypatch, text)
    assert "AIRFLOW_CONN_ARM_LONDON" in str(failure.value)
    assert SECRET not in str(failure.value)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"country_code": 44}, "country_code"),
        ({"country_code": "044"}, "country_code"),
        ({"national_prefix": "0"}, "national_prefix needs country_code"),
        ({"international_prefix": "+"}, "international_prefix"),
        ({"extension_lengths": (4, 3)}, "extension_lengths"),
        ({"extension_lengths": (0, 3)}, "extension_lengths"),
        ({"extension_lengths": (3, 16)}, "extension_lengths"),
        ({"sites": [{"hierarchy": "sys.a"}]}, "sites.0\n.*node, ip_group, host"),
        ({"sites": [{"node": "N1"}]}, "sites.0.hierarchy"),
        ({"sites": [{"hierarchy": "sys..a", "node": "N1"}]}, "sites.0.hierarchy"),
        ({"sites": [{"hierarchy": "sys.a", "nodes": "N1"}]}, "sites.0.nodes"),
        ({"country": "44"}, "country"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(rules: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        NumberRules(**rules)


def test_rules_are_read_from_plain_values() -> None:
    rules = NumberRules.model_validate({"sites": [{"hierarchy": "sys.a", "node": "N1"}]})
    assert rules.sites == (SiteRule(hierarchy="sys.a", node="N1"),)


def test_settings_and_rules_load_nothing_heavy() -> None:
    script = (
        "import sys; import include.arm; heavy = {'pandas', 'pyarrow', 'numpy', 'requests'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
