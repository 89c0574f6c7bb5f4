"""Who may use which route of the API, and from where."""

from typing import Any

import pytest
from sqlalchemy import text

from include.inventory.operations import OPERATIONS
from tests.airflow_home import api, prepare
from tests.web.api import AVAILABLE, LEEDS, LONDON, ROOT, client, inventory, post

BODY = {"content-type": "application/json"}
# What each kind of users is, as a role of the SimpleAuthManager.
ROLES = {
    "readers": {"viewer", "user", "op", "admin"},
    "number managers": {"user", "op", "admin"},
    "administrators": {"op", "admin"},
}


@pytest.fixture(scope="module", autouse=True)
def airflow() -> None:
    """Airflow is ready to be imported."""
    prepare()


def routes() -> list[tuple[str, str, str]]:
    """Every method and address of the API, and who may use it."""
    from include.web.api import access, application

    return [
        (method, address(route.path), kind.name if (kind := access.of(route)) else "anybody")
        for route in application.create().routes
        for method in route.methods
    ]


def address(path: str) -> str:
    return path.format(
        internal_number="%2B442079460100",
        node=LONDON,
        name="audiocodes_cooling_duration",
        username="vera",
        plan=1,
        connection="lab",
    )


def problem(answer: Any) -> dict[str, Any]:
    """The problem that an answer is."""
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == answer.status_code
    assert {"type", "title", "instance"} <= set(said)
    return dict(said)


def test_no_route_answers_somebody_who_has_not_logged_in() -> None:
    found = routes()
    assert len(found) >= 40
    for method, path, _ in found:
        answer = client(None, None).request(method, path, headers=BODY, content="{junk")
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"] == "Bearer"
        problem(answer)


@pytest.mark.parametrize("token", ["junk", "a.b.c", ""])
def test_no_route_answers_a_token_that_is_none(token: str) -> None:
    for method, path, _ in routes():
        answer = api().request(method, ROOT + path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, path
        answer = api().request(method, ROOT + path, headers={"Cookie": "_token=junk"} | BODY)
        assert answer.status_code == 401, path


def test_every_route_says_who_may_use_it() -> None:
    assert {who for _, _, who in routes()} == set(ROLES)


def test_who_may_is_what_is_documented() -> None:
    may = {(method, path): who for method, path, who in routes()}
    assert {who for (method, _), who in may.items() if method == "GET"} == {
        "readers",
        "administrators",
    }
    assert {
        path for (method, path), who in may.items() if (method, who) == ("GET", "administrators")
    } == {"/users"}
    for operation in OPERATIONS:
        assert may["POST", f"/operations/{operation}"] == "number managers"
    for one in (("PUT", "/users/vera"), ("POST", "/hierarchy"), ("DELETE", f"/hierarchy/{LONDON}")):
        assert may[one] == "administrators"


@pytest.mark.parametrize("role", ["viewer", "user", "op", "admin"])
def test_each_role_may_what_it_may_and_nothing_else(role: str, seeded: str) -> None:
    for method, path, who in routes():
        answer = client("uma", role).request(method, path, headers=BODY, content=b"[]")
        allowed = role in ROLES[who]
        assert (answer.status_code != 403) == allowed, (method, path, answer.text)


def test_an_address_that_is_not_there_is_a_problem() -> None:
    assert problem(client().get("/nothing"))["status"] == 404
    answer = client().put("/numbers", json={})
    assert problem(answer)["status"] == 405
    assert answer.headers["allow"] == "GET"
    assert client().put("/hierarchy", json={}).headers["allow"] == "GET, POST"


def by_cookie(**headers: str) -> Any:
    """A client that a browser is: its cookie says who it is."""
    token = client().headers["Authorization"].removeprefix("Bearer ")
    made = api()
    made.cookies.set("_token", token)
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


CHANGE = {"numbers": [AVAILABLE], "dry_run": True}
ADDRESS = f"{ROOT}/operations/reserve"


def test_a_page_of_ours_may_change_something(seeded: str) -> None:
    for headers in ({}, {"Sec_Fetch_Site": "same-origin", "Origin": "http://testserver"}):
        assert by_cookie(**headers).post(ADDRESS, json=CHANGE).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://["},
        {"Origin": "http://testserver.evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://evil.example", "Authorization": "Basic YTpi"},
    ],
)
def test_a_page_of_another_site_may_change_nothing(headers: dict[str, str]) -> None:
    answer = by_cookie(**headers).post(ADDRESS, json=CHANGE)
    assert answer.status_code == 403
    assert problem(answer)["type"].endswith("cross-site")
    assert by_cookie(**headers).delete(f"{ROOT}/numbers/1").status_code == 403


def test_a_script_with_a_token_may_come_from_anywhere(seeded: str) -> None:
    answer = post("/operations/reserve", CHANGE, Origin="https://tools.example")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "media", ["application/x-www-form-urlencoded", "text/plain", "", "text/json"]
)
def test_a_form_is_no_request(media: str) -> None:
    token = client().headers["Authorization"]
    for asked in (by_cookie(), by_cookie(Authorization=token)):
        answer = asked.post(ADDRESS, content=b"numbers=1", headers={"content-type": media})
        assert problem(answer)["status"] == 415


def test_a_body_that_is_too_large_is_not_read() -> None:
    large = b'{"numbers": ["' + b"1" * (2 * 1024 * 1024) + b'"]}'
    answer = client().post("/operations/delete", content=large, headers=BODY)
    assert problem(answer)["status"] == 413

    def pieces() -> Any:
        for _ in range(40):
            yield b" " * 65536

    answer = client().post("/operations/delete", content=pieces(), headers=BODY)
    assert problem(answer)["status"] == 413


def test_what_goes_wrong_inside_is_not_told(
    seeded: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from include.inventory import numbers

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(numbers, "page", broken)
    answer = client().get("/numbers")
    assert problem(answer)["status"] == 500
    assert "secret" not in answer.text
    assert "the secret of the house" in caplog.text


def test_without_a_database_it_is_unavailable(seeded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBER_INVENTORY_DB", "postgresql://me:hush@localhost:1/nothing")
    answer = client().get("/numbers")
    assert problem(answer)["status"] == 503
    assert "localhost" not in answer.text
    assert "hush" not in answer.text


def test_a_connection_that_was_cut_is_made_anew(seeded: str) -> None:
    assert client().get("/numbers").status_code == 200
    with inventory() as db:
        others = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        )
        db.execute(text(f"{others} AND datname = current_database()"))
    assert client().get("/numbers").status_code == 200


@pytest.mark.parametrize("kept_in", ["environment", "metadata"])
def test_the_database_is_the_one_of_airflows_connection(
    kept_in: str, seeded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.models.connection import Connection
    from airflow.utils.session import create_session

    from include.orchestration.inventory import CONN_ID
    from include.web.api import sessions

    monkeypatch.delenv("NUMBER_INVENTORY_DB")
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")
    known = Connection(conn_id=CONN_ID, uri=seeded)
    if kept_in == "environment":
        monkeypatch.setenv(f"AIRFLOW_CONN_{CONN_ID.upper()}", known.get_uri())
    else:
        with create_session() as session:
            session.add(known)
    sessions._connection.cache_clear()
    try:
        assert len(client().get("/numbers").json()["items"]) == 16
    finally:
        sessions._connection.cache_clear()
        with create_session() as session:
            session.query(Connection).filter(Connection.conn_id == CONN_ID).delete()


def test_answers_are_their_users_own(seeded: str) -> None:
    for path in ("/numbers", "/nothing", "/numbers?format=csv"):
        headers = client().get(path).headers
        assert headers["cache-control"] == "private, no-cache"
        assert headers["x-content-type-options"] == "nosniff"
        assert "Accept" in headers["vary"]


def test_without_tables_it_says_so(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from include.inventory import database

    url = database.embedded_url("empty_for_the_api")
    monkeypatch.setenv("NUMBER_INVENTORY_DB", url)
    assert problem(client().get("/numbers"))["type"].endswith("not-migrated")
    database.pooled(url).dispose()


def test_events_say_who_it_was(seeded: str) -> None:
    post("/operations/reserve", {"numbers": [AVAILABLE]}, user="uma", role="user")
    history = client().get("/numbers/%2B442079460100").json()["history"]
    assert [event["actor"] for event in history] == ["api:uma"]
    assert LEEDS not in str(history)
