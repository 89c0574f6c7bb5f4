"""A user who is limited to a node sees and changes what is there and below it, and nothing else."""

from typing import Any

import pytest

from include.inventory import plans
from include.inventory.operations import OPERATIONS
from tests.integration.factories import NOON, a_connection, a_number, observed
from tests.web.api import (
    AVAILABLE,
    ELSEWHERE,
    LEEDS,
    LONDON,
    OTHER,
    RESERVED,
    SUBSCRIBED,
    client,
    inventory,
    limited,
    operate,
    post,
)
from tests.web.test_api_access import problem, routes

# What tells of the rest of the hierarchy.
SECRETS = ("zenith", "paris", "+331", "Zenith", "leeds", "+4411", "paul")
FORMS = ("json", "csv", "ndjson")
SINGLE = "/numbers/%2B33155550100"


@pytest.fixture(params=["viewer", "user", "op", "admin"])
def role(request: pytest.FixtureRequest) -> str:
    """Each role: a limit holds for administrators too."""
    return str(request.param)


@pytest.fixture
def lil(seeded: str, role: str) -> Any:
    """A client of a user who is limited to London, in each role."""
    limited("lil", LONDON)
    return client("lil", role)


def lists() -> list[str]:
    """Every address that can be read, of what the seeded inventory has."""
    return [
        path
        for method, path, _ in routes()
        if method == "GET" and path != "/openapi.json" and not path.startswith("/plans/")
    ]


@pytest.mark.parametrize("form", FORMS)
def test_nothing_of_another_node_is_shown_anywhere(form: str, lil: Any) -> None:
    seen = 0
    for path in lists():
        query = {"format": form} if path != "/reports" and "%2B" not in path else {}
        if path == f"/hierarchy/{LONDON}":
            query = {}
        if path == "/macros":
            query["hierarchy"] = LONDON
        answer = lil.get(path, params=query)
        assert answer.status_code == 200 or (path == "/users" and answer.status_code == 403), path
        for secret in SECRETS:
            assert secret not in answer.text, path
        seen += LONDON in answer.text or AVAILABLE in answer.text
    assert seen >= 8


@pytest.mark.parametrize(
    "node", [OTHER, LEEDS, "sys", "sys.hcs.acme", "sys.hcs.acme.londo", "sys.hcs.acme.london2"]
)
def test_to_ask_for_another_node_is_refused(node: str, lil: Any, role: str) -> None:
    for path in lists():
        if path in ("/users", "/reports", "/holds", "/plans"):
            continue
        address = f"/hierarchy/{node}" if path == f"/hierarchy/{LONDON}" else path
        query = {} if address != path else {"hierarchy": node}
        for form in FORMS if "%2B" not in path and address == path else (None,):
            answer = lil.get(address, params=query | ({"format": form} if form else {}))
            said = problem(answer)
            assert said["status"] == 403, path
            assert said["type"].endswith("outside-limit")
            assert LONDON in said["detail"]


@pytest.mark.parametrize("node", [None, LONDON])
def test_a_number_elsewhere_is_as_if_it_were_not_there(node: str | None, lil: Any) -> None:
    query = {"hierarchy": node} if node else {}
    there, nowhere = (lil.get(f"/numbers/{n}", params=query) for n in ("%2B33155550100", "999"))
    assert problem(there)["detail"] == problem(nowhere)["detail"].replace("999", ELSEWHERE)
    assert problem(there)["status"] == 404


def test_filters_find_nothing_elsewhere(lil: Any) -> None:
    for query in (
        "prefix=%2B331",
        "status=Cooling&release_before=2030-01-01",
        "ending=0100&prefix=%2B33",
    ):
        for form in FORMS:
            answer = lil.get(f"/numbers?{query}&format={form}")
            assert ELSEWHERE not in answer.text
    cursor = client().get("/numbers?limit=1").json()["next"]
    assert all(s not in lil.get(f"/numbers?cursor={cursor}").text for s in SECRETS)
    nodes = client().get("/hierarchy?limit=1").json()["next"]
    assert all(s not in lil.get(f"/hierarchy?cursor={nodes}").text for s in SECRETS)


def told(operation: str, **more: Any) -> dict[str, Any]:
    """A request for an operation on a number elsewhere."""
    body: dict[str, Any] = {"numbers": [ELSEWHERE]} if operation != "next-available" else {}
    needs = {
        "add": {"hierarchy": OTHER},
        "next-available": {"hierarchy": OTHER},
        "mark-utility": {"usage": "x"},
        "edit": {"texts": {"description": "x"}},
        "move": {"to_hierarchy": LONDON},
    }
    return body | needs.get(operation, {}) | more


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "more", [{}, {"hierarchy": OTHER}, {"hierarchy": "sys.hcs"}, {"hierarchy": LONDON}]
)
def test_no_operation_reaches_another_node(
    operation: str, more: dict[str, Any], seeded: str
) -> None:
    limited("lil", LONDON)
    before = client().get(f"{SINGLE}?hierarchy={OTHER}").json()
    for extra in ({}, {"dry_run": True}, {"per_item": True}):
        if operation == "next-available" and "per_item" in extra:
            continue
        answer = post(f"/operations/{operation}", told(operation, **more, **extra), "lil", "admin")
        assert all(
            secret not in answer.text.replace(ELSEWHERE, "") for secret in ("secret", "Zenith")
        )
        if answer.status_code == 200:
            found = answer.json()
            elsewhere = [item for item in found["items"] if item["hierarchy"] not in (None, LONDON)]
            assert not elsewhere
            assert operation in ("add", "next-available") or found["changed"] == 0
        else:
            assert answer.status_code in (403, 409)
    assert client().get(f"{SINGLE}?hierarchy={OTHER}").json() == before


@pytest.mark.parametrize("role", ["user", "op", "admin"], indirect=True)
def test_numbers_inside_are_the_users_own(lil: Any) -> None:
    def ask(operation: str, body: dict[str, Any]) -> Any:
        return lil.post(f"/operations/{operation}", json=body)

    assert ask("reserve", {"numbers": [AVAILABLE]}).status_code == 200
    assert ask("add", {"numbers": ["100"], "hierarchy": LONDON}).status_code == 200
    assert problem(ask("move", {"numbers": ["100"], "to_hierarchy": LEEDS}))["status"] == 403
    done = ask("next-available", {"hierarchy": LONDON, "below": True}).json()
    assert [item["internal_number"] for item in done["items"]] == ["100"]
    assert problem(ask("next-available", {"hierarchy": LONDON}))["status"] == 409
    answer = lil.patch("/numbers/%2B442079460103", json={"description": "mine"})
    assert answer.json()["description"] == "mine"
    for asked in (
        lil.patch(SINGLE, json={"description": "mine"}),
        lil.delete(SINGLE),
    ):
        assert problem(asked)["status"] == 404
    for asked in (
        lil.patch(f"{SINGLE}?hierarchy={OTHER}", json={"description": "mine"}),
        lil.delete(f"{SINGLE}?hierarchy={OTHER}"),
    ):
        assert problem(asked)["status"] == 403


def test_where_a_number_came_from_is_not_told(seeded: str) -> None:
    limited("lil", LONDON)
    operate("add", "4711", hierarchy=OTHER)
    operate("move", "4711", to_hierarchy=LONDON)
    operate("add", "4712", hierarchy=LONDON)
    operate("move", "4712", to_hierarchy=OTHER)
    for number in ("4711", "4712"):
        whole = client().get(f"/numbers/{number}").text
        assert "zenith" in whole
        answer = client("lil", "viewer").get(f"/numbers/{number}")
        assert answer.status_code == 200
        assert "zenith" not in answer.text


@pytest.mark.parametrize("role", ["op", "admin"], indirect=True)
def test_settings_are_changed_inside_alone(lil: Any) -> None:
    macro = "/macros/audiocodes_cooling_duration"
    assert lil.put(macro, json={"hierarchy": LONDON, "value": 5}).status_code == 200
    for node in ("sys.hcs", LEEDS, OTHER, "sys.hcs.acme"):
        assert problem(lil.put(macro, json={"hierarchy": node, "value": 5}))["status"] == 403
    found = lil.get(f"/macros?hierarchy={LONDON}").json()["items"]
    assert {one["name"]: one["value"] for one in found}["audiocodes_cooling_duration"] == 5


@pytest.mark.parametrize("role", ["op", "admin"], indirect=True)
def test_nodes_are_changed_inside_alone(seeded: str, role: str) -> None:
    limited("lil", "sys.hcs.acme")
    lil = client("lil", role)
    assert lil.post("/hierarchy", json={"hierarchy": "sys.hcs.acme.york"}).status_code == 201
    assert lil.patch("/hierarchy/sys.hcs.acme.york", json={"type": "site"}).status_code == 200
    assert lil.delete("/hierarchy/sys.hcs.acme.york").status_code == 204
    for node in ("sys.hcs.zenith.rome", "sys", "sys.hcs.acmes"):
        assert problem(lil.post("/hierarchy", json={"hierarchy": node}))["status"] == 403
        assert problem(lil.patch(f"/hierarchy/{node}", json={"type": "site"}))["status"] == 403
        assert problem(lil.delete(f"/hierarchy/{node}"))["status"] == 403


@pytest.mark.parametrize("role", ["op", "admin"], indirect=True)
def test_a_limit_is_widened_by_nobody_who_has_it(lil: Any) -> None:
    limited("len", LONDON)
    assert lil.put("/users/len", json={"hierarchy": LONDON}).status_code == 200
    for username, node in (
        ("lil", LONDON),
        ("lil", "sys"),
        ("len", "sys"),
        ("paul", LONDON),
        ("newcomer", LONDON),
    ):
        answer = lil.put(f"/users/{username}", json={"hierarchy": node})
        assert problem(answer)["status"] in (403, 409), username
    for username in ("lil", "len", "paul", "newcomer"):
        assert problem(lil.delete(f"/users/{username}"))["status"] == 403
    assert [row["username"] for row in lil.get("/users").json()["items"]] == ["len", "lil"]


def test_a_limit_holds_from_the_next_request_on(seeded: str) -> None:
    lou = client("lou", "user")
    assert len(lou.get("/numbers").json()["items"]) == 16
    assert client().put("/users/lou", json={"hierarchy": LONDON}).status_code == 200
    assert len(lou.get("/numbers").json()["items"]) == 5
    assert client().delete("/users/lou").status_code == 204
    assert len(lou.get("/numbers").json()["items"]) == 16


def test_an_idempotent_answer_is_not_another_users(seeded: str) -> None:
    limited("lil", LONDON)
    body = {"hierarchy": LONDON, "numbers": [RESERVED]}
    post("/operations/unreserve", body, Idempotency_Key="one")
    answer = post("/operations/unreserve", body, "lil", "user", Idempotency_Key="one")
    assert problem(answer)["status"] == 409


def test_conflicts_elsewhere_are_not_told(seeded: str) -> None:
    limited("lil", LONDON)
    with inventory() as db:
        here = a_connection(db, "here", hierarchy=LONDON)
        there = a_connection(db, "there", hierarchy=OTHER)
        a_number(db, "4711", hierarchy=OTHER, status="Used", usage="User", subscriber="Zoe")
        for config, users in ((here, [SUBSCRIBED]), (there, ["4711"])):
            observed(db, config, NOON, [f"{user}@x" for user in users])
            plans.compute(db, config.name)
    assert {"4711", SUBSCRIBED} <= conflicts(client(), "json")
    for form in FORMS:
        assert conflicts(client("lil", "viewer"), form) == {SUBSCRIBED}


def conflicts(asked: Any, form: str) -> set[str]:
    """The numbers in a report, told from its text."""
    answer = asked.get(f"/reports/conflicts?format={form}")
    assert answer.status_code == 200
    return {number for number in ("4711", SUBSCRIBED) if number in answer.text}
