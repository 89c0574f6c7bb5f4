"""Pages cut from rendered chunks are the records of the moment, each once, in order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from include.simulator.pages import CHUNK, Roll, records
from include.simulator.population import Population
from include.simulator.script import Script, registered

NOW = datetime(2026, 11, 16, tzinfo=UTC)
POPULATION = Population(users=2 * CHUNK + 5_000)
EVERYONE = registered(POPULATION, Script(), NOW)


def decoded(page: bytes) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(b"[" + page + b"]")
    return listed


def test_a_record_has_the_fields_of_a_registered_user() -> None:
    extension = records(POPULATION, EVERYONE)[29]
    assert extension == {
        "id": 30,
        "aor": f"1029@10.8.{extension['nodeId']}.1",
        "user": "1029",
        "host": f"10.8.{extension['nodeId']}.1",
        "contact": extension["contact"],
        "expires": extension["expires"],
        "active": True,
        "nodeId": POPULATION.node(extension["nodeName"]) + 1,
        "nodeName": extension["nodeName"],
        "ipGroup": f"Users-{extension['nodeName'][4:7]}",
        "userAgent": extension["userAgent"],
    }
    assert extension["contact"].startswith("<sip:1029@10.16.")
    assert extension["expires"] in {60, 180, 300, 600, 3600}


def test_an_e164_user_has_no_host() -> None:
    user = records(POPULATION, EVERYONE)[0]
    assert (user["host"], user["aor"]) == (None, user["user"])


@pytest.mark.parametrize("size", [999, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_pages_of_any_size_give_every_record_once_and_in_order(size: int) -> None:
    roll = Roll(POPULATION, EVERYONE)
    pages = [decoded(roll.page(at, at + size)) for at in range(0, len(roll), size)]
    assert [user["id"] for page in pages for user in page] == list(range(1, len(roll) + 1))


@pytest.mark.parametrize("beyond", [0, 5, 10 * CHUNK])
def test_a_page_beyond_the_end_is_empty(beyond: int) -> None:
    roll = Roll(POPULATION, EVERYONE)
    assert roll.page(len(roll) + beyond, len(roll) + beyond + 10) == b""
