"""What is held, and what a plan wants changed, over HTTP."""

import csv
import io
import json

import pytest

from include.inventory import database, guards, plans
from include.inventory.events import Actor
from tests.integration.factories import NOON, a_connection, observed
from tests.web.api import LONDON, client, limited
from tests.web.test_api_access import problem

USERS = [f"+4420794602{digit:02}" for digit in range(12)]


@pytest.fixture
def held(seeded: str) -> guards.Hold:
    """A connection whose newest list is empty, and the twelve numbers that it had."""
    with database.transaction(seeded) as db:
        config = a_connection(db, hierarchy=LONDON)
        for hour, users in enumerate((USERS, [])):
            observed(db, config, NOON.replace(hour=12 + hour), users)
            plans.apply(db, plans.compute(db, "lab").plan, actor=Actor("tester"))
        (hold,) = guards.holds(db)
    return hold


def test_holds_are_listed(held: guards.Hold) -> None:
    (found,) = client().get("/holds").json()["items"]
    assert (found["connection"], found["rule"], found["withheld"]) == ("lab", "empty list", 12)
    assert found["plan"] == held.plan
    assert client().get("/holds?connection=lab").json()["items"] == [found]
    (row,) = csv.DictReader(io.StringIO(client().get("/holds?format=csv").text))
    assert row["clears"] == "a list that has numbers again"


def test_the_changes_of_a_plan_are_streamed(held: guards.Hold) -> None:
    path = f"/plans/{held.plan}/changes?status=withheld"
    found = client().get(path).json()
    assert found["plan"] == held.plan
    assert [item["internal_number"] for item in found["items"]] == USERS
    lines = client().get(f"{path}&format=ndjson").text.splitlines()
    assert {json.loads(line)["to_status"] for line in lines} == {"Cooling"}
    assert client().get(f"/plans/{held.plan}/changes?status=open").json()["items"] == []


def test_what_there_is_not_is_told(held: guards.Hold) -> None:
    assert problem(client().get("/plans/4711/changes"))["status"] == 404
    assert problem(client().get(f"/plans/{held.plan}/changes?status=lost"))["status"] == 422


@pytest.mark.parametrize("form", ["json", "csv", "ndjson"])
@pytest.mark.parametrize("path", ["/holds", "/plans"])
def test_a_connection_that_is_not_there_or_not_seen_is_no_empty_list(
    held: guards.Hold, path: str, form: str
) -> None:
    limited("vera", "sys.hcs.zenith")
    asked = [(client(), "other"), (client("vera", "viewer"), "other")]
    for user, name in [*asked, (client("vera", "viewer"), "lab")]:
        said = problem(user.get(f"{path}?connection={name}&format={form}"))
        assert (said["status"], said["detail"]) == (
            404,
            f"The inventory has never heard of a connection {name}",
        )
    assert client().get(f"{path}?connection=lab&format={form}").status_code == 200


def test_a_limited_user_sees_his_part(held: guards.Hold) -> None:
    limited("vera", "sys.hcs.zenith")
    vera = client("vera", "viewer")
    assert vera.get("/holds").json()["items"] == []
    assert vera.get(f"/plans/{held.plan}/changes").json()["items"] == []
