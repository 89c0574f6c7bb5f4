"""Named macros: the nearest node looking up wins, history is kept, nonsense is refused."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from include.inventory import macros
from include.inventory.errors import NotFound, Refused
from tests.integration.factories import NOON, a_connection, a_macro, observed

NAME = "audiocodes_cooling_duration"
DAY = timedelta(days=1)


def put(db: Connection, value: Any, hierarchy: str = "sys.hcs", day: int = 0) -> None:
    a_macro(db, NAME, value, hierarchy=hierarchy, set_by="Ada", valid_from=NOON + day * DAY)


def at(db: Connection, hierarchy: str, day: int = 0) -> tuple[int, str | None]:
    found = macros.in_force(db, NAME, hierarchy, as_of=NOON + day * DAY)
    return found.value, found.source


def test_the_shipped_default_is_last(db: Connection) -> None:
    assert at(db, "sys.hcs.acme") == (2, None)


def test_the_nearest_node_looking_up_wins(db: Connection) -> None:
    put(db, 5, "sys")
    put(db, 0, "sys.hcs.acme")
    assert at(db, "sys.hcs.acme.london") == (0, "sys.hcs.acme")
    assert at(db, "sys.hcs.other") == (5, "sys")
    assert at(db, "sys.hcs.acme2") == (5, "sys")


def test_a_past_instant_sees_what_was_in_force_then(db: Connection) -> None:
    put(db, 5)
    put(db, 9, day=2)
    assert [at(db, "sys.hcs", day)[0] for day in (-1, 0, 1, 2)] == [2, 5, 5, 9]
    assert [(past["value"], past["set_by"]) for past in macros.history(db)] == [
        (9, "Ada"),
        (5, "Ada"),
    ]


def test_history_is_not_rewritten(db: Connection) -> None:
    put(db, 5, day=1)
    with pytest.raises(Refused, match="never rewritten"):
        put(db, 6, day=1)


@pytest.mark.parametrize("value", [0, 999, "3", " 14 "])
def test_whole_numbers_within_the_bounds_are_taken(db: Connection, value: Any) -> None:
    put(db, value)
    assert at(db, "sys.hcs")[0] == int(value)


@pytest.mark.parametrize(
    "value", [-1, 1000, 2.5, "two", "", None, True, "1e2", "9" * 5000, "\uff12"]
)
def test_anything_else_is_refused_naming_macro_node_and_value(db: Connection, value: Any) -> None:
    with pytest.raises(Refused) as refusal:
        put(db, value)
    assert f"{NAME} at sys.hcs cannot be {value!r}" in str(refusal.value)
    assert macros.history(db) == []


@pytest.mark.parametrize("node", ["", "sys..acme", ".sys", "sys.", " sys"])
def test_a_node_that_is_none_is_refused(db: Connection, node: str) -> None:
    with pytest.raises(Refused, match="no hierarchy node"):
        put(db, 3, node)


def test_an_unknown_macro_is_named_with_those_there_are(db: Connection) -> None:
    with pytest.raises(NotFound, match=f"no macro cooling; there are: .*{NAME}"):
        macros.in_force(db, "cooling", "sys")


def test_a_value_that_is_cleared_gives_way_to_the_one_above(db: Connection) -> None:
    put(db, 5, "sys")
    put(db, 9, "sys.hcs")
    done = macros.clear(db, NAME, hierarchy="sys.hcs", cleared_by="Bob")
    assert (done.value, done.source) == (5, "sys")
    [past, *_] = [one for one in macros.history(db, "sys.hcs") if one["hierarchy"] == "sys.hcs"]
    assert past["value"] == 9
    assert past["valid_to"] is not None
    assert at(db, "sys.hcs", 0) == (9, "sys.hcs")
    with pytest.raises(Refused, match="no value of its own"):
        macros.clear(db, NAME, hierarchy="sys.hcs", cleared_by="Bob")


def test_nothing_is_set_for_a_time_before_a_value_was_cleared(db: Connection) -> None:
    put(db, 9)
    macros.clear(db, NAME, hierarchy="sys.hcs", cleared_by="Bob")
    with pytest.raises(Refused, match="never rewritten"):
        put(db, 3, day=1)
    macros.set_value(db, NAME, 3, hierarchy="sys.hcs", set_by="Ada")
    assert macros.in_force(db, NAME, "sys.hcs").value == 3


@pytest.mark.parametrize("node", ["sys", "sys.hcs.acme", "sys.hcs.acme.london"])
def test_what_a_list_was_judged_with_is_not_rewritten(db: Connection, node: str) -> None:
    put(db, 5, node)
    lab, other = a_connection(db), a_connection(db, "other")
    observed(db, other, NOON + DAY, ["1001"])
    observed(db, lab, NOON + 2 * DAY, ["1001"])
    then = (NOON + 2 * DAY).isoformat()
    with pytest.raises(Refused) as refusal:
        put(db, 0, node, day=1)
    assert str(refusal.value).startswith(f"{NAME} at {node} cannot be set from ")
    assert f"a list of {then} has been judged" in str(refusal.value)
    assert at(db, node, 3) == (5, node)
    put(db, 0, node, day=2)
    assert [at(db, node, day) for day in (1, 2)] == [(5, node), (0, node)]


def test_lists_elsewhere_and_none_at_all_let_a_macro_begin_at_any_instant(db: Connection) -> None:
    put(db, 3, "sys.hcs.acme", day=-9)
    observed(db, a_connection(db), NOON, ["1001"])
    put(db, 0, "sys.hcs.acme2", day=-9)
    assert at(db, "sys.hcs.acme2", -9) == (0, "sys.hcs.acme2")
