"""Operations over HTTP: what is refused and why, what is done once, and what each changes."""

import threading
from typing import Any

import pytest
from sqlalchemy import text

from include.inventory.operations import OPERATIONS
from tests.web.api import (
    AVAILABLE,
    COOLING,
    LEEDS,
    LONDON,
    OTHER,
    RESERVED,
    SUBSCRIBED,
    USED,
    client,
    inventory,
    operate,
    post,
)
from tests.web.test_api_access import problem

REASONS = {
    USED: "is Used by an AudioCodes device",
    COOLING: "is Cooling until 2040-01-31 12:00 UTC",
    RESERVED: "is Reserved until 2040-01-31 12:00 UTC",
}
STATES = {USED: "Used", COOLING: "Cooling", RESERVED: "Reserved"}
UNTIL = {USED: None, COOLING: "2040-01-31T12:00:00Z", RESERVED: "2040-01-31T12:00:00Z"}


def status(number: str) -> str:
    return str(client().get(f"/numbers/%2B{number[1:]}").json()["status"])


def check(item: dict[str, Any]) -> None:
    """What was refused says why, and until when."""
    number = item["internal_number"]
    assert item["outcome"] == "refused"
    assert REASONS[number] in item["reason"]
    assert item["status"] == STATES[number]
    assert item["release_date"] == UNTIL[number]


@pytest.mark.parametrize("number", REASONS)
def test_a_number_that_is_taken_is_not_assigned(number: str, seeded: str) -> None:
    said = problem(operate("assign", number, vendor="Cisco"))
    assert said["status"] == 409
    assert said["type"] == "/number-inventory/problems/numbers-refused"
    assert REASONS[number] in said["detail"]
    assert (said["chosen"], said["refused"]) == (1, 1)
    check(said["items"][0])
    assert status(number) == STATES[number]


def test_numbers_are_assigned_all_or_none(seeded: str) -> None:
    said = problem(operate("assign", "+442079460100-+442079460103", vendor="Cisco"))
    assert (said["chosen"], said["refused"]) == (4, 3)
    assert {item["internal_number"] for item in said["items"]} == set(REASONS)
    for item in said["items"]:
        check(item)
    assert status(AVAILABLE) == "Available"


def test_each_number_that_can_be_is_assigned_where_each_is_asked_for(seeded: str) -> None:
    answer = operate("assign", AVAILABLE, *REASONS, vendor="Cisco", per_item=True)
    assert answer.status_code == 200
    done = answer.json()
    assert (done["chosen"], done["changed"], done["refused"]) == (4, 1, 3)
    assert done["items"][0]["outcome"] == "changed"
    for item in done["items"][1:]:
        check(item)
    assert status(AVAILABLE) == "Used"


def test_a_dry_run_changes_nothing(seeded: str) -> None:
    done = operate("assign", AVAILABLE, dry_run=True).json()
    assert (done["changed"], done["dry_run"]) == (1, True)
    assert status(AVAILABLE) == "Available"
    refused = operate("assign", USED, dry_run=True).json()
    assert (refused["changed"], refused["refused"]) == (0, 1)


# An operation, the number it is for, what else it is told, and the status that it ends in.
DONE: list[tuple[str, str, dict[str, Any], str | None]] = [
    ("add", "+442079460190", {"hierarchy": LONDON, "description": "new"}, "Available"),
    ("delete", AVAILABLE, {"reason": "sold"}, "None"),
    ("assign", AVAILABLE, {"vendor": "Cisco", "subscriber": "a.b"}, "Used"),
    ("unassign", SUBSCRIBED, {}, "Available"),
    ("mark-utility", AVAILABLE, {"usage": "Hunt_Pilot"}, "Used-Utility"),
    ("reserve", AVAILABLE, {"days": 5, "notes": "x"}, "Reserved"),
    ("unreserve", RESERVED, {}, "Available"),
    ("cool", AVAILABLE, {"days": 0}, "Cooling"),
    ("end-cooling", COOLING, {}, "Available"),
    ("move", AVAILABLE, {"to_hierarchy": LEEDS}, "Available"),
    ("edit", USED, {"texts": {"extra7": "seven", "description": None}}, "Used"),
]


@pytest.mark.parametrize(("operation", "number", "told", "ends"), DONE)
def test_each_operation_changes_a_number(
    operation: str, number: str, told: dict[str, Any], ends: str, seeded: str
) -> None:
    answer = operate(operation, number, **told)
    assert answer.status_code == 200, answer.text
    assert answer.json()["operation"] == operation
    assert answer.json()["changed"] == 1
    assert status(number) == ends


def test_every_operation_is_tried_here() -> None:
    assert {operation for operation, *_ in DONE} | {"next-available"} == set(OPERATIONS)


@pytest.mark.parametrize("holder", [None, {"vendor": "Cisco", "subscriber": "a.b"}])
def test_the_next_available_numbers_are_handed_out(
    holder: dict[str, str] | None, seeded: str
) -> None:
    body = {"hierarchy": LEEDS, "count": 3, "consecutive": True, "holder": holder}
    done = post("/operations/next-available", body).json()
    assert [item["internal_number"] for item in done["items"]] == [
        "+441139601000",
        "+441139601001",
        "+441139601002",
    ]
    assert {item["status"] for item in done["items"]} == {"Reserved" if holder is None else "Used"}
    assert problem(post("/operations/next-available", body))["status"] == 409


def test_a_number_that_was_changed_is_not_changed_by_what_was_read(seeded: str) -> None:
    tag = client().get("/numbers/%2B442079460100").headers["etag"]
    body = {"numbers": [AVAILABLE]}
    assert post("/operations/reserve", body, If_Match=tag).status_code == 200
    assert problem(post("/operations/unreserve", body, If_Match=tag))["status"] == 412
    assert post("/operations/unreserve", body, If_Match="*").status_code == 200
    for numbers in ([AVAILABLE, USED], ["100-200"]):
        answer = post("/operations/reserve", {"numbers": numbers}, If_Match=tag)
        assert problem(answer)["status"] == 422
    answer = post("/operations/next-available", {"hierarchy": LEEDS}, If_Match=tag)
    assert problem(answer)["status"] == 422
    assert problem(post("/operations/reserve", body, If_Match="1-2"))["status"] == 422


TAKE = {"hierarchy": LEEDS, "count": 2}


def test_a_request_that_is_sent_again_is_carried_out_once(seeded: str) -> None:
    first = post("/operations/next-available", TAKE, Idempotency_Key="one")
    again = post("/operations/next-available", dict(reversed(TAKE.items())), Idempotency_Key="one")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    other = post("/operations/next-available", TAKE, Idempotency_Key="two")
    assert other.content != first.content
    assert status("+441139601004") == "Available"


def test_a_key_is_one_request_s(seeded: str) -> None:
    post("/operations/next-available", TAKE, Idempotency_Key="one")
    for path, body in (
        ("/operations/next-available", TAKE | {"count": 1}),
        ("/operations/reserve", {"numbers": [AVAILABLE]}),
        ("/hierarchy", {"hierarchy": "sys.new"}),
    ):
        said = problem(post(path, body, Idempotency_Key="one"))
        assert said["type"] == "/number-inventory/problems/key-reused"
        assert said["status"] == 422


def test_a_key_is_one_user_s(seeded: str) -> None:
    first = post("/operations/next-available", TAKE, Idempotency_Key="one")
    other = post("/operations/next-available", TAKE, "uma", "user", Idempotency_Key="one")
    assert other.json()["items"] != first.json()["items"]
    assert "idempotency-replayed" not in other.headers


def test_what_failed_may_be_tried_again_under_its_key(seeded: str) -> None:
    body = {"numbers": [RESERVED]}
    assert post("/operations/assign", body, Idempotency_Key="one").status_code == 409
    operate("unreserve", RESERVED)
    answer = post("/operations/assign", body, Idempotency_Key="one")
    assert answer.status_code == 200
    assert "idempotency-replayed" not in answer.headers


def test_a_key_is_forgotten_after_a_day(seeded: str) -> None:
    first = post("/operations/next-available", TAKE, Idempotency_Key="one")
    with inventory() as db:
        earlier = "UPDATE numbers.idempotent_request SET recorded_at = now() - interval '25 hours'"
        db.execute(text(earlier))
    other = post("/operations/next-available", TAKE, Idempotency_Key="one")
    assert other.json()["items"] != first.json()["items"]


def test_a_twin_waits_and_gets_the_same_answer(seeded: str) -> None:
    answers: list[Any] = []

    def ask() -> None:
        answers.append(post("/operations/next-available", TAKE, Idempotency_Key="one"))

    client()
    twins = [threading.Thread(target=ask) for _ in range(4)]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    replayed = [answer.headers.get("idempotency-replayed") for answer in answers]
    assert sorted(map(str, replayed)) == ["None", "true", "true", "true"]


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "tab\t"])
def test_a_key_is_readable(key: str, seeded: str) -> None:
    assert problem(post("/operations/next-available", TAKE, Idempotency_Key=key))["status"] == 422


def test_a_node_that_is_made_again_under_its_key_is_made_once(seeded: str) -> None:
    body = {"hierarchy": "sys.hcs.acme.york", "type": "site"}
    first = post("/hierarchy", body, Idempotency_Key="one")
    again = post("/hierarchy", body, Idempotency_Key="one")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert problem(post("/hierarchy", body))["status"] == 409


def test_what_two_change_at_once_is_refused_to_one(
    seeded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.inventory import operations
    from include.inventory.errors import Interrupted

    def interrupted(*_: Any, **__: Any) -> None:
        raise Interrupted("The same numbers were changed meanwhile")

    monkeypatch.setattr(operations, "reserve", interrupted)
    answer = operate("reserve", AVAILABLE)
    assert problem(answer)["status"] == 409
    assert answer.headers["retry-after"] == "1"


def test_one_request_is_for_so_many_numbers(seeded: str) -> None:
    for told in ({}, {"per_item": True}):
        size = 100_001 if told else 1_000_001
        answer = operate("delete", "4711", f"0000000-{size - 2:07}", dry_run=True, **told)
        assert f"{size:,} numbers" in problem(answer)["detail"]


def test_a_number_at_another_node_is_not_found(seeded: str) -> None:
    said = problem(operate("reserve", AVAILABLE, hierarchy=OTHER))
    assert (
        said["items"][0]["reason"]
        == "is not in the inventory, or not at, above or below the node that is named"
    )
