"""Nodes, macros, limits and reports over HTTP."""

import csv
import io
import json

import pytest

from include.inventory.reports import REPORTS
from include.macros import MACROS
from tests.web.api import LEEDS, LONDON, OTHER, ROOT, client, post
from tests.web.test_api_access import problem

MACRO = "audiocodes_cooling_duration"
NODES = ["sys", "sys.hcs", "sys.hcs.acme", LEEDS, LONDON, "sys.hcs.zenith", OTHER]


def test_nodes_come_in_pages(seeded: str) -> None:
    found, query = [], "limit=3"
    while query:
        page = client().get(f"/hierarchy?{query}").json()
        found += [node["hierarchy"] for node in page["items"]]
        query = f"limit=3&cursor={page['next']}" if page["next"] else ""
    assert found == NODES
    below = client().get("/hierarchy?hierarchy=sys.hcs.acme").json()["items"]
    assert [node["hierarchy"] for node in below] == ["sys.hcs.acme", LEEDS, LONDON]


def test_nodes_come_as_csv_and_ndjson(seeded: str) -> None:
    rows = csv.DictReader(io.StringIO(client().get("/hierarchy?format=csv").text))
    assert [row["hierarchy"] for row in rows] == NODES
    lines = client().get("/hierarchy?format=ndjson").text.splitlines()
    assert [json.loads(line)["hierarchy"] for line in lines] == NODES


def test_a_node_is_made_changed_and_deleted(seeded: str) -> None:
    made = post("/hierarchy", {"hierarchy": "new.place", "type": "site", "description": "x"})
    assert made.status_code == 201
    assert made.json()["made"] == ["new", "new.place"]
    address = made.headers["location"].removeprefix(ROOT)
    assert address == "/hierarchy/new.place"
    shown = client().get(address)
    tag = shown.headers["etag"]
    assert client().get(address, headers={"If-None-Match": tag}).status_code == 304
    changed = client().patch(address, json={"description": None}, headers={"If-Match": tag})
    assert changed.json()["description"] is None
    assert changed.json()["type"] == "site"
    late = client().patch(address, json={"type": "customer"}, headers={"If-Match": tag})
    assert problem(late)["status"] == 412
    assert problem(client().delete(address, headers={"If-Match": tag}))["status"] == 412
    assert client().delete(address).status_code == 204
    assert problem(client().get(address))["status"] == 404


def test_a_node_keeps_to_the_rules(seeded: str) -> None:
    assert problem(post("/hierarchy", {"hierarchy": LONDON}))["status"] == 409
    assert problem(post("/hierarchy", {"hierarchy": f"{LONDON}.room"}))["status"] == 409
    assert problem(client().delete(f"/hierarchy/{LONDON}"))["status"] == 409
    assert problem(client().patch("/hierarchy/sys", json={"type": "site"}))["status"] == 409
    for body in ({}, {"type": "planet"}, {"type": None}, {"hierarchy": "x"}):
        assert problem(client().patch("/hierarchy/sys", json=body))["status"] == 422


def test_macros_say_where_they_come_from(seeded: str) -> None:
    found = {
        one["name"]: one for one in client().get(f"/macros?hierarchy={LONDON}").json()["items"]
    }
    assert set(found) == set(MACROS)
    assert (found[MACRO]["value"], found[MACRO]["source"]) == (3, "sys.hcs")
    other = found["number_inventory_cooling_enabled"]
    assert (other["value"], other["source"], other["set_by"]) == (0, None, None)
    assert problem(client().get("/macros"))["status"] == 422


def test_a_macro_is_set_and_remembered(seeded: str) -> None:
    done = client().put(f"/macros/{MACRO}", json={"hierarchy": LONDON, "value": 7})
    assert (done.json()["value"], done.json()["set_by"]) == (7, "api:ada")
    body = {"hierarchy": LONDON, "value": 8, "valid_from": "2041-01-01T00:00:00+02:00"}
    assert (
        client().put(f"/macros/{MACRO}", json=body).json()["valid_from"] == "2040-12-31T22:00:00Z"
    )
    past = client().get(f"/macros/{MACRO}/history?hierarchy={LONDON}").json()["items"]
    assert [row["value"] for row in past] == [3, 8, 7]
    assert problem(client().put(f"/macros/{MACRO}", json=body))["status"] == 409


@pytest.mark.parametrize("value", [-1, 1000, 1.5, "3", True, None, 10**12])
def test_a_macro_has_bounds(value: object, seeded: str) -> None:
    answer = client().put(f"/macros/{MACRO}", json={"hierarchy": LONDON, "value": value})
    assert problem(answer)["status"] == 422


def test_a_macro_that_is_not_there_is_404(seeded: str) -> None:
    assert problem(client().get("/macros/nothing/history"))["status"] == 404
    answer = client().put("/macros/nothing", json={"hierarchy": LONDON, "value": 1})
    assert problem(answer)["status"] == 404
    answer = client().put(f"/macros/{MACRO}", json={"hierarchy": "nowhere", "value": 1})
    assert problem(answer)["status"] == 404


def test_limits_of_users_are_set_and_lifted(seeded: str) -> None:
    answer = client().put("/users/v%C3%A9ra%20b", json={"hierarchy": LEEDS})
    assert answer.json()["username"] == "véra b"
    assert answer.json()["set_by"] == "api:ada"
    assert [row["username"] for row in client().get("/users").json()["items"]] == ["paul", "véra b"]
    assert client().delete("/users/paul").status_code == 204
    assert problem(client().delete("/users/paul"))["status"] == 404
    assert problem(client().put("/users/x", json={"hierarchy": "nowhere"}))["status"] == 404
    assert problem(client().put("/users/ada", json={"hierarchy": LEEDS}))["status"] == 409
    assert problem(client().put("/users/%20x", json={"hierarchy": LEEDS}))["status"] == 422


def test_every_report_is_there(seeded: str) -> None:
    listed = client().get("/reports").json()["items"]
    assert [one["name"] for one in listed] == list(REPORTS)
    for name, report in REPORTS.items():
        found = client().get(f"/reports/{name}").json()
        assert found["report"] == name
        assert all(set(row) == set(report.columns) for row in found["items"])
        lines = client().get(f"/reports/{name}?format=csv&hierarchy={LONDON}").text.splitlines()
        assert lines[0] == ",".join(report.columns)
        rows = client().get(f"/reports/{name}?format=ndjson").text.splitlines()
        assert len(rows) == len(found["items"])
    assert problem(client().get("/reports/nothing"))["status"] == 404


def test_a_report_is_asked_with_its_parameters(seeded: str) -> None:
    path = "/reports/utilisation_by_day?first=2026-11-01&last=2026-11-03&as_of=2026-11-20T00:00:00Z"
    assert [row["day"] for row in client().get(path).json()["items"]] == [
        "2026-11-01",
        "2026-11-02",
        "2026-11-03",
    ]
    for query in (
        "first=1",
        "first=2026-11-02&last=2026-11-01",
        "first=0001-01-01",
        "days=3",
        "as_of=x",
    ):
        assert problem(client().get(f"/reports/utilisation_by_day?{query}"))["status"] == 422
    assert problem(client().get("/reports/forecast?days=1"))["status"] == 422
    assert problem(client().get("/reports/reservations?within=-1"))["status"] == 422


def test_a_macro_that_is_cleared_at_a_node_is_that_of_a_node_above(seeded: str) -> None:
    answer = client().delete(f"/macros/{MACRO}?hierarchy={OTHER}")
    assert (answer.status_code, answer.json()["value"], answer.json()["source"]) == (
        200,
        3,
        "sys.hcs",
    )
    assert problem(client().delete(f"/macros/{MACRO}?hierarchy={OTHER}"))["status"] == 409
