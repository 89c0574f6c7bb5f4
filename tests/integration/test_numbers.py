"""Numbers are listed as asked for, and shown with where they are online and their history."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from include.inventory import numbers, plans
from include.inventory.errors import NotFound, Refused
from include.inventory.events import Actor
from include.inventory.numbers import Filter
from tests.integration.factories import (
    NOON,
    SITE,
    a_connection,
    a_cooling_number,
    a_number,
    a_used_number,
    a_user,
    observed,
)

BLANK = dict.fromkeys(
    (
        "usage",
        "vendor",
        "subscriber",
        "tag",
        "release_date",
        "description",
        "e164_number",
        "reservation_notes",
    )
)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["+441", "+442", "1001", "1001"]),
        ({"statuses": ["Cooling"]}, ["+442"]),
        ({"vendor": "AudioCodes"}, ["+441"]),
        ({"hierarchy": "sys.a"}, ["+441", "+442", "1001"]),
        ({"hierarchy": "sys.a.x"}, ["+442"]),
        ({"prefix": "+44"}, ["+441", "+442"]),
        ({"prefix": "%"}, []),
        ({"hierarchy": "sys.a", "prefix": "1"}, ["1001"]),
    ],
)
def test_a_list_holds_what_fits_every_filter(
    db: Connection, filters: dict[str, str], found: list[str]
) -> None:
    a_used_number(db, "+441", hierarchy="sys.a")
    a_cooling_number(db, "+442", hierarchy="sys.a.x", until=NOON)
    a_number(db, "1001", hierarchy="sys.a")
    a_number(db, "1001", hierarchy="sys.ab")
    assert [row["internal_number"] for row in numbers.find(db, Filter(**filters))] == found


def test_a_number_has_the_extras_that_are_set(db: Connection) -> None:
    a_number(db, "1001", extra={"extra2": "x"})
    assert list(numbers.find(db)) == [
        {"internal_number": "1001", "hierarchy": SITE, "status": "Available"}
        | BLANK
        | {"extra2": "x"}
    ]


def test_a_number_is_shown_with_where_it_is_online_and_its_history(db: Connection) -> None:
    a_number(db, "1001")
    config = a_connection(db)
    observed(db, config, NOON, [a_user("1001", userAgent="AUDC-430HD")])
    plan = plans.compute(db, "lab").plan
    plans.apply(db, plan, actor=Actor("terminal:ann"))
    shown = numbers.show(db, "1001")
    assert (shown["status"], shown["usage"], shown["vendor"]) == ("Used", "Device", "AudioCodes")
    assert shown["online"] == [
        {
            "connection": "lab",
            "node": "SBC-1",
            "ip_group": "Users",
            "aor": "1001",
            "user_agent": "AUDC-430HD",
            "active": True,
            "since": NOON,
        }
    ]
    [event] = shown["history"]
    del event["recorded_at"], event["detail"]
    assert event == {
        "hierarchy": SITE,
        "as_of": NOON,
        "cause": "claim",
        "actor": "terminal:ann",
        "dag_run": None,
        "plan": plan,
        "from": {"status": "Available", "usage": None, "vendor": None},
        "to": {"status": "Used", "usage": "Device", "vendor": "AudioCodes"},
        "release_date": None,
    }


def test_a_number_that_left_is_online_nowhere(db: Connection) -> None:
    a_number(db, "1001")
    config = a_connection(db)
    observed(db, config, NOON, ["1001"])
    observed(db, config, NOON + timedelta(days=1), ["1002"])
    assert numbers.show(db, "1001")["online"] == []


def test_a_number_at_several_nodes_is_shown_at_the_node_that_is_named(db: Connection) -> None:
    a_number(db, "1001", hierarchy="sys.a.x")
    a_number(db, "1001", hierarchy="sys.b", description="the other")
    with pytest.raises(Refused, match=r"1001 is at several nodes, sys\.a\.x, sys\.b; name the one"):
        numbers.show(db, "1001")
    assert numbers.show(db, "1001", hierarchy="sys.b")["description"] == "the other"
    assert numbers.show(db, "1001", hierarchy="sys.a")["hierarchy"] == "sys.a.x"


def test_the_named_node_itself_goes_before_those_above_and_below(db: Connection) -> None:
    a_number(db, "1001", hierarchy="sys.a")
    a_number(db, "1001", hierarchy="sys.a.x")
    assert numbers.show(db, "1001", hierarchy="sys.a")["hierarchy"] == "sys.a"


def test_a_number_that_is_not_there_is_not_found(db: Connection) -> None:
    a_number(db, "1001")
    with pytest.raises(NotFound, match="There is no number 1002 in the inventory"):
        numbers.show(db, "1002")
    with pytest.raises(NotFound, match=r"at, above or below sys\.other"):
        numbers.show(db, "1001", hierarchy="sys.other")


def test_a_deleted_number_has_its_history_and_no_status(db: Connection) -> None:
    a_number(db, "1001")
    observed(db, a_connection(db), NOON, ["1001"])
    plans.apply(db, plans.compute(db, "lab").plan, actor=Actor("terminal:ann"))
    db.execute(text("DELETE FROM numbers.number"))
    shown = numbers.show(db, "1001")
    assert (shown["status"], [event["cause"] for event in shown["history"]]) == (None, ["claim"])
