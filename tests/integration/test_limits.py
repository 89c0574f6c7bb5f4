"""Limits of users: set, lifted, and kept in what they see and change."""

import pytest
from sqlalchemy import Connection

from include.inventory import limits, numbers, operations
from include.inventory.errors import BadInput, NotFound, NumbersRefused, Refused, Unknown
from include.inventory.events import Actor
from tests.integration.factories import SITE, a_node, a_number, chosen

ADA = Actor("Ada")
ACME, PARIS = "sys.hcs.acme", "sys.hcs.acme.paris"


def test_a_user_is_limited_and_let_go(db: Connection) -> None:
    for node in (SITE, PARIS):
        a_node(db, node)
    assert limits.of(db, "bob") is None
    limits.limit(db, "bob", hierarchy=SITE, actor=ADA)
    limits.limit(db, "bob", hierarchy=PARIS, actor=Actor("Eve"))
    limits.limit(db, "Bob", hierarchy=ACME, actor=ADA)
    assert (limits.of(db, "bob"), limits.of(db, "Bob")) == (PARIS, ACME)
    assert {row["username"]: row["set_by"] for row in limits.listed(db)} == {
        "Bob": "Ada",
        "bob": "Eve",
    }
    limits.lift(db, "bob")
    assert (limits.of(db, "bob"), limits.of(db, "Bob")) == (None, ACME)
    with pytest.raises(Unknown, match="The user bob is not limited"):
        limits.lift(db, "bob")


def test_a_limit_is_at_a_node_that_there_is(db: Connection) -> None:
    with pytest.raises(Unknown, match="There is no hierarchy node"):
        limits.limit(db, "bob", hierarchy=SITE, actor=ADA)


@pytest.mark.parametrize("name", ["", " bob", "bob ", "b\x00b", "b\x1bb", "x" * 1001])
def test_a_name_that_cannot_be_one_is_bad_input(db: Connection, name: str) -> None:
    a_node(db)
    with pytest.raises(BadInput):
        limits.limit(db, name, hierarchy=SITE, actor=ADA)
    assert limits.listed(db) == []


def test_what_is_outside_of_a_limit_is_not_there(db: Connection) -> None:
    a_number(db, "1001", hierarchy=PARIS)
    a_number(db, "1001", hierarchy=f"{SITE}.floor")
    a_number(db, "1002", hierarchy=ACME)
    assert numbers.show(db, "1001", user_limit=SITE)["hierarchy"] == f"{SITE}.floor"
    with pytest.raises(NotFound, match="There is no number 1002"):
        numbers.show(db, "1002", user_limit=SITE)
    operations.reserve(db, chosen("1001", user_limit=SITE))
    with pytest.raises(NumbersRefused, match="1002 is not in the inventory, or not at"):
        operations.reserve(db, chosen("1002", user_limit=SITE))
    assert numbers.show(db, "1001", hierarchy=PARIS)["status"] == "Available"


def test_a_node_is_seen_at_the_limit_and_below_it_alone(db: Connection) -> None:
    a_node(db)
    limits.check_node(db, "bob", PARIS)
    limits.limit(db, "bob", hierarchy=SITE, actor=ADA)
    for node in (SITE, f"{SITE}.floor"):
        limits.check_node(db, "bob", node)
    for node in (ACME, PARIS, f"{SITE}2"):
        with pytest.raises(Refused, match=f"bob sees what is at {SITE} and below it, not {node};"):
            limits.check_node(db, "bob", node)


def test_a_limit_is_no_prefix_of_a_name(db: Connection) -> None:
    a_number(db, "1001", hierarchy=f"{SITE}2")
    with pytest.raises(NumbersRefused, match="not in the inventory, or not at"):
        operations.reserve(db, chosen("1001", user_limit=SITE))
