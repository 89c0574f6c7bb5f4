"""Pages of a list hold what a naive search finds, once and in order, however it is found."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection

from include.inventory import numbers
from include.inventory.errors import BadInput, Unknown
from include.inventory.numbers import Filter
from tests.integration.factories import NOON, a_number

NODES = ("sys", "sys.a", "sys.a.x", "sys.a.x.p", "sys.a.y", "sys.ab", "sys.b", "sys.b.x")
STATES = (
    {"status": "Available"},
    {"status": "Used", "usage": "Device", "vendor": "AudioCodes"},
    {"status": "Used", "usage": "User", "vendor": "Zoom", "subscriber": "bob"},
    {"status": "Used-Utility", "usage": "Hunt_Pilot"},
    {"status": "Reserved"},
    {"status": "Cooling", "tag": "Cooling"},
)


@pytest.fixture
def everything(db: Connection) -> list[dict[str, Any]]:
    """An inventory of a few hundred numbers, the same digits at several nodes among them."""
    random, made = Random(11), {}
    for _ in range(400):
        digits = random.choice(("+4420", "+4421", "10", "1")) + f"{random.randrange(120):03}"
        state = dict(random.choice(STATES))
        if state["status"] == "Cooling":
            state["release_date"] = NOON + timedelta(days=random.randrange(5))
        made.setdefault((digits, random.choice(NODES)), state)
    for (digits, node), state in made.items():
        a_number(db, digits, hierarchy=node, **state)
    return [
        {"internal_number": digits, "hierarchy": node} | state
        for (digits, node), state in sorted(made.items())
    ]


def fits(row: dict[str, Any], wanted: Filter) -> bool:
    """Whether a row fits, said as plainly as can be."""
    node, digits = row["hierarchy"], row["internal_number"]
    return (
        (wanted.statuses is None or row["status"] in wanted.statuses)
        and (wanted.vendor is None or row.get("vendor") == wanted.vendor)
        and (wanted.usage is None or row.get("usage") == wanted.usage)
        and (wanted.subscriber is None or row.get("subscriber") == wanted.subscriber)
        and (wanted.hierarchy is None or f"{node}.".startswith(f"{wanted.hierarchy}."))
        and digits.startswith(wanted.prefix or "")
        and digits.endswith(wanted.ending or "")
        and (
            wanted.release_before is None
            or row.get("release_date", datetime.max.replace(tzinfo=UTC)) < wanted.release_before
        )
    )


def wishes(count: int) -> list[Filter]:
    random = Random(12)

    def maybe(*values: Any) -> Any:
        return random.choice(values) if random.random() < 0.4 else None

    return [
        Filter(
            statuses=maybe(["Available"], ["Cooling", "Used"], ["Reserved"], []),
            vendor=maybe("AudioCodes", "Zoom", "Nobody"),
            usage=maybe("User", "Device", "Hunt_Pilot"),
            subscriber=maybe("bob", "eve"),
            hierarchy=maybe(*NODES, "sys.a"),
            prefix=maybe("+44", "+4420", "1", "10", "%"),
            ending=maybe("1", "07", "007", "0007", "_"),
            release_before=maybe(NOON + timedelta(days=2)),
        )
        for _ in range(count)
    ]


def paged(db: Connection, wanted: Filter, **more: Any) -> list[dict[str, Any]]:
    """The pages of a list, one after the other."""
    rows, after = [], None
    while True:
        page = numbers.page(db, wanted, after=after, **more)
        rows += page.numbers
        if page.next is None:
            return rows
        assert len(page.numbers) == more["length"]
        after = page.next


@pytest.mark.parametrize("pools", [0, 3000])
def test_pages_hold_what_fits_once_and_in_order(
    db: Connection,
    everything: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    pools: int,
) -> None:
    monkeypatch.setattr(numbers, "MOST_POOLS", pools)
    several = 0
    for wanted in wishes(250):
        told = [(row["internal_number"], row["hierarchy"]) for row in paged(db, wanted, length=7)]
        expected = [
            (row["internal_number"], row["hierarchy"]) for row in everything if fits(row, wanted)
        ]
        assert told == expected, wanted
        several += len(expected) > 7
    assert several > 20


@pytest.mark.parametrize("sort", ["release_date", "-release_date"])
def test_sorted_by_release_date_only_those_that_have_one_are_listed(
    db: Connection, everything: list[dict[str, Any]], sort: str
) -> None:
    told = paged(db, Filter(hierarchy="sys.a"), sort=sort, length=3)
    expected = [
        row
        for row in everything
        if row.get("release_date") and fits(row, Filter(hierarchy="sys.a"))
    ]
    expected.sort(key=lambda row: (row["release_date"], row["internal_number"], row["hierarchy"]))
    if sort.startswith("-"):
        expected.reverse()
    assert [row["internal_number"] for row in told] == [row["internal_number"] for row in expected]
    assert len(told) > 6


def test_an_order_that_there_is_not_is_refused(db: Connection) -> None:
    with pytest.raises(BadInput, match="is no order"):
        numbers.page(db, sort="description; DROP TABLE numbers.number")


def test_a_place_of_another_list_is_refused(db: Connection) -> None:
    with pytest.raises(BadInput, match="begin anew"):
        numbers.page(db, sort="release_date", after=("+44", "sys"))


def test_a_list_of_a_node_that_there_is_not_is_none(
    db: Connection, everything: list[dict[str, Any]]
) -> None:
    with pytest.raises(Unknown, match="no hierarchy node nowhere"):
        numbers.page(db, Filter(hierarchy="nowhere"))
    with pytest.raises(Unknown, match="no hierarchy node nowhere"):
        list(numbers.find(db, Filter(hierarchy="nowhere")))
