"""People decide over HTTP on what they have seen: once, for a reason, in their own name."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from include.inventory import plans
from tests.integration.factories import (
    a_connection,
    a_used_number,
    events,
    observed,
    row,
)
from tests.web.api import (
    HERE,
    LEEDS,
    LONDON,
    OTHER,
    THERE,
    Sync,
    client,
    inventory,
    limited,
    post,
)
from tests.web.test_api_access import problem
from tests.web.test_api_openapi import document, validator

ABOVE = "+442079460400"


def decide(
    decision: str, plan: plans.Plan, user: str = "ada", role: str = "user", **more: Any
) -> Any:
    """The answer to a decision on a plan as it was shown."""
    headers = {name: more.pop(name) for name in ("Idempotency_Key",) if name in more}
    body = {"reason": "it is closed", "sha256": plan.sha256} | more
    return post(f"/plans/{plan.plan}/{decision}", body, user, role, **headers)


def statuses(numbers: Sequence[str]) -> set[str]:
    with inventory() as db:
        return {row(db, number)["status"] for number in numbers}


def shown(plan: int) -> dict[str, Any]:
    return dict(client("vera", "viewer").get(f"/plans/{plan}").json())


def fits(operation: str, answer: Any) -> dict[str, Any]:
    """What a success says; it is as the description has it."""
    assert answer.status_code == 200, answer.text
    method, path = operation.split()
    said = document()["paths"][path][method]["responses"]["200"]["content"]["application/json"]
    validator(said["schema"]).validate(answer.json())
    return dict(answer.json())


def test_a_plan_is_shown_with_what_it_holds(dark: plans.Plan) -> None:
    said = fits("get /plans/{plan}", client("vera", "viewer").get(f"/plans/{dark.plan}"))
    assert (said["connection"], said["status"], said["sha256"]) == ("lab", "withheld", dark.sha256)
    assert (said["changes"], said["withheld"]) == ({}, {"cool": 12})
    withheld = {"node": "SBC-1", "kind": "cool", "status": "withheld", "numbers": 12}
    assert said["nodes"] == [withheld]
    (verdict,) = said["verdicts"]
    assert (verdict["node"], verdict["rule"]) == ("SBC-1", "missing node")
    assert (verdict["listed"], verdict["held"], verdict["removed"]) == (0, 12, 12)
    assert verdict["clears"] == "a list that has numbers of SBC-1 again"
    assert [hold["plan"] for hold in said["holds"]] == [dark.plan]
    assert said["decisions"] == []


def test_the_first_plan_counts_by_kind_and_node(synced: Sync) -> None:
    said = shown(synced([*THERE, *HERE]).plan)
    assert said["changes"] == {"cool": 1, "create": 42}
    assert [tuple(one.values()) for one in said["nodes"]] == [
        (None, "cool", "applied", 1),  # what the inventory had before, and no list has
        ("SBC-1", "create", "applied", 12),
        ("SBC-2", "create", "applied", 30),
    ]


def test_plans_are_paged_newest_first(synced: Sync, dark: plans.Plan) -> None:
    other = synced(["+33155550300"], "paris", hierarchy=OTHER)
    found, cursor = [], ""
    for _ in range(3):
        page = fits("get /plans", client().get(f"/plans?limit=1{cursor}"))
        found += [item["plan"] for item in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert page["next"] is None
    assert found == [other.plan, dark.plan, dark.plan - 1]
    assert [row["plan"] for row in csv.DictReader(io.StringIO(_csv("")))] == [*map(str, found)]
    assert len(_csv("&limit=2").splitlines()) == 3
    for query, expected in (
        ("connection=lab", found[1:]),
        ("status=withheld", [dark.plan]),
        ("connection=paris&status=withheld", []),
    ):
        items = client().get(f"/plans?{query}").json()["items"]
        assert [item["plan"] for item in items] == expected, query


def _csv(query: str) -> str:
    return str(client().get(f"/plans?format=csv{query}").text)


def test_a_list_of_plans_goes_on_from_its_own_cursors_alone(dark: plans.Plan) -> None:
    from include.web.api import cursors

    nodes = client().get("/hierarchy?limit=1").json()["next"]
    forged = [cursors.written("plans", (place,)) for place in ("x", 0, -1, 2**63, 2**70, None)]
    for cursor in ("junk", nodes, *forged):
        assert problem(client().get(f"/plans?cursor={cursor}"))["status"] == 422, cursor


def test_an_approval_carries_out_what_was_shown(dark: plans.Plan) -> None:
    said = fits("post /plans/{plan}/approve", decide("approve", dark))
    assert (said["changed"], said["withheld"]) == ({"cool": 12}, {})
    assert statuses(HERE) == {"Cooling"}
    with inventory() as db:
        event = events(db, HERE[0])[-1]
    assert (event["actor"], event["to_status"]) == ("api:ada", "Cooling")
    assert event["detail"]["approved_because"] == "it is closed"
    assert client().get("/holds").json()["items"] == []
    (made,) = fits("get /plans/{plan}", client().get(f"/plans/{dark.plan}"))["decisions"]
    assert (made["decision"], made["decided_by"], made["reason"]) == (
        "approved",
        "api:ada",
        "it is closed",
    )
    assert (made["withheld"], made["sha256"]) == (12, dark.sha256)
    assert made["carried_out_by"] == said["plan"] != dark.plan
    (item,) = client().get("/plans?status=superseded").json()["items"]
    assert (item["decision"], item["decided_by"]) == ("approved", "api:ada")


def test_what_came_back_since_is_not_removed(synced: Sync) -> None:
    synced(HERE)
    empty = synced([])
    synced(HERE[:1])
    assert decide("approve", empty).json()["changed"] == {"cool": 11}
    assert (statuses(HERE[:1]), statuses(HERE[1:])) == ({"Used"}, {"Cooling"})


def test_what_has_grown_is_stale(synced: Sync, dark: plans.Plan) -> None:
    newest = synced([])
    said = problem(decide("approve", dark))
    assert (said["status"], said["type"]) == (409, "/number-inventory/problems/refused")
    assert f"Plan {dark.plan} is stale" in said["detail"]
    assert f"look at plan {newest.plan}" in said["detail"]
    assert statuses(HERE) == {"Used"}
    assert shown(dark.plan)["decisions"] == []
    assert [hold["plan"] for hold in shown(dark.plan)["holds"]] == [newest.plan, dark.plan]


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_no_decision_on_what_was_not_shown(decision: str, dark: plans.Plan) -> None:
    said = problem(decide(decision, dark, sha256="0" * 64))
    assert (said["status"], "is not the one that was shown" in said["detail"]) == (409, True)
    body = {"reason": "it is closed", "sha256": dark.sha256}
    said = problem(post(f"/plans/{dark.plan + 1000}/{decision}", body))
    assert (said["status"], "There is no plan" in said["detail"]) == (404, True)
    assert (statuses(HERE), shown(dark.plan)["decisions"]) == ({"Used"}, [])


@pytest.mark.parametrize("decision", ["approve", "reject"])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": ""},
        {"reason": " \n\t"},
        {"reason": "\u3000\u00a0"},
        {"reason": None},
        {"reason": "a\x00b"},
        {"reason": "x" * 1001},
    ],
)
def test_no_decision_without_a_reason(
    decision: str, body: dict[str, Any], dark: plans.Plan
) -> None:
    said = problem(post(f"/plans/{dark.plan}/{decision}", body | {"sha256": dark.sha256}))
    assert said["status"] == 422
    assert [fault["pointer"] for fault in said["errors"]] == ["#/reason"]
    assert shown(dark.plan)["decisions"] == []


def test_a_decision_names_the_hash(dark: plans.Plan) -> None:
    said = problem(post(f"/plans/{dark.plan}/approve", {"reason": "it is closed"}))
    assert [fault["pointer"] for fault in said["errors"]] == ["#/sha256"]
    assert statuses(HERE) == {"Used"}


def test_a_plan_is_approved_once(dark: plans.Plan) -> None:
    assert decide("approve", dark).status_code == 200
    for decision in ("approve", "reject"):
        said = problem(decide(decision, dark))
        assert (said["status"], "was approved by api:ada" in said["detail"]) == (409, True)


def test_an_approval_that_is_sent_again_is_carried_out_once(dark: plans.Plan) -> None:
    first = decide("approve", dark, Idempotency_Key="one")
    again = decide("approve", dark, Idempotency_Key="one")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert len(shown(dark.plan)["decisions"]) == 1
    other = decide("approve", dark, Idempotency_Key="one", reason="another")
    assert problem(other)["type"].endswith("key-reused")


def test_a_rejection_leaves_everything_and_may_be_taken_back(dark: plans.Plan) -> None:
    said = fits("post /plans/{plan}/reject", decide("reject", dark, Idempotency_Key="one"))
    assert said == {"plan": dark.plan, "decision": "rejected"}
    assert decide("reject", dark, Idempotency_Key="one").json() == said
    assert statuses(HERE) == {"Used"}
    assert len(client().get("/holds").json()["items"]) == 1
    again = problem(decide("reject", dark))
    assert (again["status"], "was rejected by api:ada" in again["detail"]) == (409, True)
    assert decide("approve", dark, "uma").status_code == 200
    made = shown(dark.plan)["decisions"]
    assert [(one["decision"], one["decided_by"]) for one in made] == [
        ("rejected", "api:ada"),
        ("approved", "api:uma"),
    ]


def test_a_reader_sees_and_decides_nothing(dark: plans.Plan) -> None:
    assert shown(dark.plan)["withheld"] == {"cool": 12}
    for decision in ("approve", "reject"):
        said = problem(decide(decision, dark, "vera", "viewer"))
        assert (said["status"], said["type"].endswith("forbidden")) == (403, True)
    assert problem(post("/connections/lab/purge", {}, "vera", "viewer"))["status"] == 403
    assert (statuses(HERE), shown(dark.plan)["decisions"]) == ({"Used"}, [])


def test_a_limited_user_decides_on_what_is_inside(dark: plans.Plan) -> None:
    limited("lil", LONDON)
    assert len(client("lil", "user").get("/plans").json()["items"]) == 2
    assert client("lil", "user").get(f"/plans/{dark.plan}").json()["withheld"] == {"cool": 12}
    assert decide("approve", dark, "lil").json()["changed"] == {"cool": 12}
    with inventory() as db:
        assert events(db, HERE[0])[-1]["actor"] == "api:lil"


@pytest.mark.parametrize(("node", "limit"), [(LONDON, LEEDS), ("sys.hcs.acme", LONDON)])
@pytest.mark.parametrize("role", ["user", "admin"])
def test_a_plan_of_a_connection_elsewhere_or_above_is_others(
    node: str, limit: str, role: str, synced: Sync
) -> None:
    limited("lil", limit)
    synced([*THERE, *HERE], hierarchy=node)
    dark = synced(THERE, hierarchy=node)
    lil = client("lil", role)
    assert lil.get("/plans").json()["items"] == []
    refused = [lil.get(f"/plans/{dark.plan}")]
    refused += [decide(decision, dark, "lil", role) for decision in ("approve", "reject")]
    for answer in refused:
        said = problem(answer)
        assert (said["status"], said["type"].endswith("outside-limit")) == (403, True)
        assert "lab" not in answer.text
    unknown = problem(post("/connections/nowhere/purge", {}, "lil", role))
    purge = problem(post("/connections/lab/purge", {}, "lil", role))
    assert purge["status"] == 404
    assert purge["detail"] == unknown["detail"].replace("nowhere", "lab")
    assert (statuses(HERE), shown(dark.plan)["decisions"]) == ({"Used"}, [])


def test_a_plan_that_reaches_outside_is_not_a_limited_users_to_decide(synced: Sync) -> None:
    limited("lil", LONDON)
    with inventory() as db:
        a_used_number(db, ABOVE, hierarchy="sys.hcs.acme")
    synced([*THERE, *HERE, ABOVE])
    plan = synced(THERE)
    assert plan.withheld == {"cool": 13}
    said = client("lil", "user").get(f"/plans/{plan.plan}").json()
    assert said["withheld"] == {"cool": 12}
    assert sum(one["numbers"] for one in said["nodes"]) == 12
    for decision in ("approve", "reject"):
        said = problem(decide(decision, plan, "lil"))
        assert (said["status"], said["type"].endswith("outside-limit")) == (403, True)
        assert f"Plan {plan.plan} reaches outside of {LONDON}" in said["detail"]
    said = problem(post("/connections/lab/purge", {}, "lil", "user"))
    assert said["type"].endswith("outside-limit")
    assert statuses([*HERE, ABOVE]) == {"Used"}
    assert len(client().get("/plans").json()["items"]) == 2
    assert decide("approve", plan).json()["changed"] == {"cool": 13}


def test_what_has_left_a_limited_users_part_is_not_removed(dark: plans.Plan) -> None:
    limited("lil", LONDON)
    with inventory() as db:
        moved = "UPDATE numbers.number SET hierarchy = 'sys.hcs.acme' WHERE internal_number = :one"
        db.execute(text(moved), {"one": HERE[0]})
    assert problem(decide("approve", dark, "lil"))["type"].endswith("outside-limit")
    assert (statuses(HERE), shown(dark.plan)["decisions"]) == ({"Used"}, [])
    assert decide("approve", dark).json()["changed"] == {"cool": 12}


def test_a_purge_is_proposed_and_then_approved(synced: Sync) -> None:
    synced([*THERE, *HERE])
    answer = post("/connections/lab/purge", {}, "uma", "user", Idempotency_Key="one")
    said = fits("post /connections/{connection}/purge", answer)
    assert (said["withheld"], said["verdicts"][0]["rule"]) == ({"cool": 42}, "purge")
    assert statuses(HERE) == {"Used"}
    again = post("/connections/lab/purge", {}, "uma", "user", Idempotency_Key="one")
    assert (again.content, again.headers["idempotency-replayed"]) == (answer.content, "true")
    assert [plan["purge"] for plan in client().get("/plans").json()["items"]] == [True, False]
    body = {"reason": "it is gone", "sha256": said["sha256"]}
    done = post(f"/plans/{said['plan']}/approve", body, "uma", "user")
    assert done.json()["changed"] == {"cool": 42}
    assert statuses(HERE) == {"Cooling"}


def test_a_purge_of_what_has_been_read_since_is_refused(synced: Sync) -> None:
    synced(HERE)
    said = post("/connections/lab/purge", {}).json()
    with inventory() as db:
        config = a_connection(db, hierarchy=LONDON)
        observed(db, config, datetime.now(UTC) + timedelta(minutes=1), HERE)
    for path, body in (
        (f"/plans/{said['plan']}/approve", {"reason": "gone", "sha256": said["sha256"]}),
        ("/connections/lab/purge", {}),
    ):
        refused = problem(post(path, body))
        assert (refused["status"], "has been read" in refused["detail"]) == (409, True)
    assert statuses(HERE) == {"Used"}


def test_a_purge_takes_a_connection_and_nothing_else(synced: Sync) -> None:
    synced(HERE)
    assert problem(post("/connections/nowhere/purge", {}))["status"] == 404
    assert problem(post("/connections/lab/purge", {"as_of": "2026-11-26"}))["status"] == 422
    assert problem(post("/connections/-lab/purge", {}))["status"] == 422
    assert len(client().get("/plans").json()["items"]) == 1
