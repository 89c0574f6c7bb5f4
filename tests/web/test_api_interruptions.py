"""A deadlock behind the API: the request is carried out all the same, once."""

from typing import Any

import pytest

from include.inventory import database, operations
from include.inventory.errors import Interrupted
from tests.integration.factories import a_number
from tests.integration.test_interruptions import FIRST, SECOND, check_both, crossed
from tests.web.api import inventory, operate, post


@pytest.fixture
def two(seeded: str) -> str:
    with inventory() as db:
        for number in (FIRST, SECOND):
            a_number(db, number)
    return seeded


def test_a_deadlock_is_tried_again_and_its_answer_kept(
    two: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, key = {"numbers": [FIRST, SECOND]}, {"Idempotency_Key": "one"}
    with crossed(monkeypatch) as times:
        answer = post("/operations/reserve", body, **key)
    assert answer.status_code == 200, answer.text
    assert answer.json()["changed"] == 2
    check_both(times)
    again = post("/operations/reserve", body, **key)
    assert (again.status_code, again.content) == (200, answer.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    check_both(times)


def test_one_that_never_ends_is_told_after_the_last_attempt(
    two: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[int] = []

    def interrupted(*_: Any, **__: Any) -> None:
        times.append(1)
        raise Interrupted("The same numbers were changed meanwhile; nothing was done: run it again")

    monkeypatch.setattr(operations, "reserve", interrupted)
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    answer = operate("reserve", FIRST)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/interrupted")
    assert answer.headers["Retry-After"] == "1"
    assert len(times) == database.ATTEMPTS
