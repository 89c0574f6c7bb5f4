"""Whatever the API calls things, it serves the same list; a client is told what differs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from include.arm.settings import ArmSettings
from include.simulator.__main__ import described
from include.simulator.access import Authentication
from include.simulator.dialect import FIELDS, Dialect, DialectInvalid, load
from include.simulator.faults import Fault
from include.simulator.population import Population
from include.simulator.server import Simulator, running

POPULATION = Population(users=50)
OTHER = Dialect(
    registered_users_path="/api/v2/subscribers",
    login_path="/api/v2/session",
    list_key="data.page.users",
    total_key="data.count",
    cursor_key="links.next",
    login_answer_key="session.token",
    page_parameter="p",
    page_size_parameter="per",
    offset_parameter="skip",
    limit_parameter="take",
    cursor_parameter="after",
    fields={"aor": "address", "nodeName": 'the "node"', "id": "größe"},
    first_page=0,
    login_name_key="user",
    login_pass_key="secret",
)


def get(simulator: Simulator, token: str | None = None, **query: Any) -> Any:
    """What the list's path answers, decoded."""
    answer = requests.get(
        simulator.url + simulator.application.dialect.registered_users_path,
        params=query,
        auth=None if token else (simulator.username, simulator.password),
        headers={"Authorization": f"Bearer {token}"} if token else {},
        verify=str(simulator.certificate),
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def renamed(record: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    return {dialect.names[key]: value for key, value in record.items()}


def test_every_key_and_default_is_the_clients() -> None:
    client = ArmSettings(host="arm", login="x", password="x")
    assert Dialect().model_dump() == client.model_dump(include=set(Dialect.model_fields))


def test_its_fields_are_those_served_in_their_order() -> None:
    with running(POPULATION) as simulator:
        assert list(get(simulator)["registeredUsers"][0]) == list(FIELDS)


@pytest.mark.parametrize("paging", ["none", "page", "offset", "cursor"])
@pytest.mark.parametrize("fault", [None, Fault("not_active")])
def test_another_dialect_serves_the_same_list(fault: Fault | None, paging: str) -> None:
    starts: dict[str, dict[str, Any]] = {
        "none": {},
        "page": {"p": 0, "per": 20},
        "offset": {"skip": 0, "take": 20},
        "cursor": {"take": 20},
    }
    query, listed = starts[paging], []
    with running(POPULATION, dialect=OTHER, fault=fault) as simulator:
        while len(listed) < 50:
            answer = get(simulator, **query)
            page = answer["data"]["page"]["users"]
            assert answer["data"]["count"] == 50
            listed += page
            query |= {"p": query.get("p", 0) + 1} if paging == "page" else {}
            query |= {"skip": len(listed)} if paging == "offset" else {}
            if paging == "cursor":
                query |= {"after": answer["links"]["next"]}
        assert listed == [renamed(record, OTHER) for record in simulator.listed()]


def test_a_login_is_in_the_dialect_too() -> None:
    with running(POPULATION, dialect=OTHER, authentication="login") as simulator:

        def log_in(**body: Any) -> requests.Response:
            return requests.post(
                f"{simulator.url}/api/v2/session",
                json=body,
                verify=str(simulator.certificate),
                timeout=10,
            )

        answer = log_in(user=simulator.username, secret=simulator.password)
        assert get(simulator, answer.json()["session"]["token"])["data"]["count"] == 50
        assert log_in(user=simulator.username, secret="wrong").status_code == 401
        assert log_in(username="arm", password="x").status_code == 400
        assert log_in(user="arm").json()["error"] == "secret: must be text"


def test_a_bare_array_tells_nothing_else() -> None:
    with running(POPULATION, dialect=Dialect(list_key=None)) as simulator:
        truth = simulator.truth()
        assert get(simulator) == truth
        assert get(simulator, offset=40, limit=20) == truth[40:]
        assert get(simulator, page=2, pageSize=20) == truth[20:40]
        assert get(simulator, limit=20) == truth[:20]


def test_without_a_total_the_rest_is_told() -> None:
    with running(POPULATION, dialect=Dialect(total_key=None)) as simulator:
        answer = get(simulator, offset=0, limit=1)
    assert list(answer) == ["offset", "limit", "registeredUsers"]


@pytest.mark.parametrize("list_key", [None, "data.users", "users"])
@pytest.mark.parametrize("name", ["key_renamed", "huge_page", "total_lies", "same_page_forever"])
def test_faults_of_the_envelope_work_in_any_dialect(list_key: str | None, name: str) -> None:
    dialect = Dialect(list_key=list_key)
    with running(POPULATION, dialect=dialect, fault=Fault(name, padding=9)) as simulator:
        answer = get(simulator)
        if name == "key_renamed":
            assert len((answer.get("data") or answer)["users" if not list_key else "entries"]) == 50
        elif name == "huge_page":
            assert (answer[0] if list_key is None else answer["padding"]) == "x" * 9
        elif list_key is not None:
            assert answer["total"] == 50 + (name == "total_lies")


def test_one_size_parameter_may_serve_every_paging() -> None:
    dialect = Dialect(page_size_parameter="size", limit_parameter="size")
    with running(POPULATION, dialect=dialect) as simulator:
        truth = simulator.truth()
        first = get(simulator, size=20)
        second = get(simulator, size=20, cursor=first["nextCursor"])
        assert second["registeredUsers"] == truth[20:40]
        assert get(simulator, size=20, page=2)["registeredUsers"] == truth[20:40]
        assert get(simulator, size=20, offset=20)["registeredUsers"] == truth[20:40]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"colour": "red"}, "colour"),
        ({"list_key": "data", "total_key": "data.total"}, "data.total cannot be told beside data"),
        ({"list_key": "total"}, "total cannot be told beside total"),
        ({"list_key": "data..users"}, "list_key"),
        ({"page_parameter": "offset"}, "different parameters"),
        ({"cursor_parameter": "limit"}, "different parameters"),
        ({"fields": {"aor": "id"}}, "two fields"),
        ({"fields": {"colour": "id"}}, "fields.colour"),
        ({"first_page": 2}, "first_page"),
        ({"login_name_key": "password"}, "are the same"),
        ({"registered_users_path": "users"}, "registered_users_path"),
    ],
)
def test_what_is_no_dialect_is_refused(wrong: dict[str, Any], named: str, tmp_path: Path) -> None:
    path = tmp_path / "dialect.yaml"
    path.write_text(repr(wrong))
    with pytest.raises(DialectInvalid, match=named):
        load(path)


@pytest.mark.parametrize(
    ("dialect", "authentication"),
    [(Dialect(), "basic"), (OTHER, "login"), (Dialect(list_key=None, total_key=None), "basic")],
)
def test_the_connection_told_has_what_differs_and_fits_the_client(
    dialect: Dialect, authentication: Authentication
) -> None:
    with running(POPULATION, dialect=dialect, authentication=authentication) as simulator:
        variable, _, value = described(simulator).rpartition(" AIRFLOW_CONN_ARM_")[2].partition("=")
        assert variable == "SIMULATOR"
        settings = ArmSettings.from_connection(**_connection(value))
    for key in Dialect.model_fields:
        assert getattr(settings, key) == getattr(dialect, key), key
    assert settings.authentication == authentication
    assert dialect != Dialect() or dialect.settings() == {}


def _connection(quoted: str) -> dict[str, Any]:
    connection: dict[str, Any] = json.loads(quoted.strip("'"))
    assert connection.pop("conn_type") == "audiocodes_arm"
    return connection


def test_an_empty_file_is_the_default_dialect(tmp_path: Path) -> None:
    path = tmp_path / "dialect.yaml"
    path.write_text("")
    assert load(path) == Dialect()
