"""Pages of a list hold what a naive search finds, once and in order, however it is found."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection

from include.inventory import numbers
from include.inventory.errors import BadInput, Unknown
from include.inventory.numbers import Filter
from tests.integration.factories import NOON, a_connection, a_number, observed

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
    phones = [f"{digits}@host" for digits in sorted({digits for digits, _ in made})]
    observed(db, a_connection(db, hierarchy="sys"), NOON, phones)
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
        and (
            wanted.release_from is None
            or row.get("release_date", datetime.min.replace(tzinfo=UTC)) >= wanted.release_from
        )
        and row.get("tag", "").startswith(wanted.tag or "")
        and (wanted.aor is None or f"{digits}@host".startswith(wanted.aor))
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
            release_from=maybe(NOON + timedelta(days=1)),
            release_before=maybe(NOON + timedelta(days=2)),
            tag=maybe(None, None, None, "Cool", "Cooling", "cool", "%"),
            aor=maybe(*[None] * 9, "+4420007@ho", "10007@host", "1007@", "10007@other"),
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


@pytest.mark.parametrize(
    ("listed", "number"),
    [
        ("+442079460123", "+442079460123"),
        ("+442079460123@10.8.5.71", "+442079460123"),
        ("sip:02079460123@SBC.example;user=phone", "+442079460123"),
        ("00442079460123@h", "+442079460123"),
        ("442079460123@h", "+442079460123"),
        ('"Front desk" <sip:+442079460123@h>', "+442079460123"),
        ("tel:+44-20-7946-0123", "+442079460123"),
        ("%2B442079460123@h", "+442079460123"),
        ("1001@10.8.5.71", "1001"),
        ("7@h", "7"),
        ("*21@h", "*21"),
    ],
)
def test_a_number_is_found_by_the_aor_that_it_is_listed_with(
    db: Connection, listed: str, number: str
) -> None:
    config = a_connection(db, hierarchy="sys", rules={"country_code": "44"})
    for digits in (number, "+442079461123", "1002", "77"):
        a_number(db, digits)
    observed(db, config, NOON, [listed, "1002@10.8.5.71", "77@h"])
    user, _, host = listed.partition("@")
    asked = [listed, listed.upper(), user] + ([f"{user}@{host[:1]}"] if host else [])
    for aor in asked:
        wanted = Filter(aor=aor)
        assert [row["internal_number"] for row in numbers.page(db, wanted).numbers] == [number], aor
        assert [row["internal_number"] for row in numbers.find(db, wanted)] == [number], aor
    assert numbers.page(db, Filter(aor=f"{user}@elsewhere")).numbers == []
    observed(db, config, NOON + timedelta(days=1), ["1002@10.8.5.71", "77@h"])
    assert numbers.page(db, Filter(aor=listed)).numbers == []


@pytest.mark.parametrize("aor", ["Sue@host", "@host", "sip:", "+@host", " "])
def test_an_aor_that_no_number_has_is_refused(db: Connection, aor: str) -> None:
    with pytest.raises(BadInput, match="is no AOR that a number has"):
        numbers.page(db, Filter(aor=aor))
