"""The hierarchy: what may stand where, and what cannot be taken away."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text

from include.inventory import database, hierarchies, limits, macros, operations
from include.inventory.errors import (
    BadInput,
    Changed,
    Interrupted,
    InventoryError,
    Refused,
    Unknown,
)
from include.inventory.events import Actor
from tests.integration.factories import SITE, a_connection, a_macro, a_node, a_number, chosen

ADA = Actor("Ada")
ACME = "sys.hcs.acme"


def types(db: Connection) -> dict[str, str]:
    return {row["hierarchy"]: row["type"] for row in hierarchies.listed(db)}


def classify(db: Connection, path: str, kind: str) -> None:
    if path in types(db):
        hierarchies.edit(db, path, kind=kind)
    else:
        hierarchies.add(db, path, kind=kind, actor=ADA)


def test_a_node_is_made_with_those_above_it(db: Connection) -> None:
    made = hierarchies.add(db, SITE, kind="site", description=" London ", actor=ADA)
    assert made == ["sys", "sys.hcs", ACME, SITE]
    assert types(db) == dict.fromkeys(made[:3], "intermediate") | {SITE: "site"}
    node = hierarchies.find(db, SITE)
    assert (node.parent, node.description, node.created_by) == (ACME, "London", "Ada")
    assert hierarchies.add(db, f"{ACME}.paris", actor=ADA) == [f"{ACME}.paris"]
    with pytest.raises(Refused, match="there already"):
        hierarchies.add(db, ACME, actor=ADA)


def test_a_list_is_of_a_node_and_what_is_below_it(db: Connection) -> None:
    for node in (SITE, f"{ACME}2", "other"):
        a_node(db, node)
    assert [row["hierarchy"] for row in hierarchies.listed(db, ACME)] == [ACME, SITE]
    assert len(hierarchies.listed(db)) == 6
    with pytest.raises(Unknown, match="There is no hierarchy node sys"):
        hierarchies.listed(db, "sys.x")


@pytest.mark.parametrize(
    "path",
    ["", " sys", "sys..acme", ".sys", "sys.", "sys\nacme", "a" * 501, "sys.a\x00", "sys. "],
)
def test_what_is_no_path_is_bad_input(db: Connection, path: str) -> None:
    with pytest.raises(BadInput, match="is no path"):
        hierarchies.add(db, path, actor=ADA)


@pytest.mark.parametrize(
    ("there", "path", "kind"),
    [
        ([("sys", "provider")], "sys.r", "reseller"),
        ([("sys", "provider")], "sys.x.y.z", "site"),
        ([("sys", "provider"), ("sys.r", "reseller")], "sys.r.i.c", "customer"),
        ([("sys.r.c", "customer")], "sys.r", "reseller"),
        ([("sys.r.c", "customer")], "sys", "provider"),
        ([("sys.c", "customer")], "sys.c.i", "intermediate"),
        ([("sys.c", "customer"), ("sys.c.s", "site")], "sys.c.t", "site"),
    ],
)
def test_types_come_in_their_order(
    db: Connection, there: list[tuple[str, str]], path: str, kind: str
) -> None:
    for node, its_kind in there:
        a_node(db, node, its_kind)
    classify(db, path, kind)
    assert hierarchies.find(db, path).type == kind


@pytest.mark.parametrize(
    ("there", "path", "kind"),
    [
        ([("sys.s", "site")], "sys.s.x", "intermediate"),
        ([("sys.s", "site")], "sys.s.x.y", "site"),
        ([("sys.c", "customer")], "sys.c.r", "reseller"),
        ([("sys.c", "customer")], "sys.c.c", "customer"),
        ([("sys.c", "customer")], "sys.c.i.p", "provider"),
        ([("sys.c", "customer")], "sys", "site"),
        ([("sys.c", "customer")], "sys", "customer"),
        ([("sys.i.s", "site")], "sys.i", "site"),
        ([("sys.i.j", "intermediate")], "sys.i", "site"),
        ([("sys", "provider"), ("sys.i.r", "reseller")], "sys.i", "provider"),
        ([("sys", "reseller"), ("sys.i.c", "customer")], "sys.i", "reseller"),
    ],
)
def test_what_cannot_stand_there_is_refused(
    db: Connection, there: list[tuple[str, str]], path: str, kind: str
) -> None:
    for node, its_kind in there:
        a_node(db, node, its_kind)
    before = types(db)
    with pytest.raises(Refused, match="can be below a"):
        classify(db, path, kind)
    assert types(db) == before


def test_a_type_that_is_none_is_bad_input(db: Connection) -> None:
    with pytest.raises(BadInput, match="is no type of a node; there are provider, reseller"):
        hierarchies.add(db, "sys", kind="planet", actor=ADA)


def test_a_node_is_edited_and_what_is_not_given_stays(db: Connection) -> None:
    a_node(db, SITE, "site")
    first = hierarchies.find(db, SITE)
    assert hierarchies.edit(db, SITE, description="London").type == "site"
    assert hierarchies.edit(db, SITE, kind="intermediate").description == "London"
    last = hierarchies.edit(db, SITE, description=" ")
    assert replace(last, version="") == replace(first, version="", type="intermediate")
    with pytest.raises(Unknown):
        hierarchies.edit(db, "sys.x", description="x")
    db.rollback()


def test_a_node_that_was_changed_since_it_was_read_is_refused(database_url: str) -> None:
    with database.transaction() as db:
        a_node(db)
        version = hierarchies.find(db, SITE).version
    with database.transaction() as db:
        hierarchies.edit(db, SITE, description="London", version=version)
    for change in (hierarchies.edit, hierarchies.delete):
        with database.transaction() as db, pytest.raises(Changed, match="read it again"):
            change(db, SITE, version=version)


def test_a_node_with_something_at_it_is_not_deleted(db: Connection) -> None:
    for node in (SITE, "sys.n", "sys.m", "sys.u", "sys.c"):
        a_node(db, node)
    a_number(db, "1001", hierarchy="sys.n")
    a_number(db, "1002", hierarchy="sys.n")
    a_connection(db, hierarchy="sys.c")
    a_macro(db, "audiocodes_cooling_duration", 3, hierarchy="sys.m", set_by="Ada")
    limits.limit(db, "bob", hierarchy="sys.u", actor=ADA)
    for node, said in (
        (ACME, "1 nodes below it"),
        ("sys.n", "2 numbers"),
        ("sys.c", "1 connections"),
        ("sys.m", "1 values of macros"),
        ("sys.u", "1 limits of users"),
    ):
        with pytest.raises(Refused, match=f"cannot be deleted: it has {said}"):
            hierarchies.delete(db, node)
    hierarchies.delete(db, SITE)
    hierarchies.delete(db, ACME)
    assert SITE not in types(db)
    with pytest.raises(Unknown):
        hierarchies.delete(db, SITE)


def meanwhile(address: str, first: Callable, second: Callable) -> list[InventoryError]:
    """What the second raises, which begins before the first has ended."""
    raised: list[InventoryError] = []

    def other() -> None:
        try:
            with database.transaction(address) as db:
                second(db)
        except InventoryError as error:
            raised.append(error)

    thread = threading.Thread(target=other)
    with database.transaction(address) as db:
        first(db)
        thread.start()
        time.sleep(0.5)
    thread.join(timeout=30)
    assert not thread.is_alive()
    return raised


def test_two_who_each_fit_do_not_both_get_their_way(database_url: str) -> None:
    with database.transaction() as db:
        a_node(db, "sys.i")

    def site(db: Connection) -> None:
        hierarchies.edit(db, "sys.i", kind="site")

    def below(db: Connection) -> None:
        hierarchies.add(db, "sys.i.x", actor=ADA)

    [error] = meanwhile(database_url, site, below)
    assert "Nothing can be below a site" in str(error)


def test_a_node_at_which_a_number_is_arriving_is_not_deleted(database_url: str) -> None:
    with database.transaction() as db:
        a_node(db, SITE)

    def arrive(db: Connection) -> None:
        operations.add(db, chosen("1001", hierarchy=SITE))

    def delete(db: Connection) -> None:
        hierarchies.delete(db, SITE)

    [error] = meanwhile(database_url, arrive, delete)
    assert "1 numbers" in str(error)


def test_a_number_that_arrives_at_a_node_being_deleted_has_its_node(database_url: str) -> None:
    with database.transaction() as db:
        a_node(db, SITE)

    def delete(db: Connection) -> None:
        hierarchies.delete(db, SITE)

    def arrive(db: Connection) -> None:
        a_number(db, "1001", hierarchy=SITE)

    assert meanwhile(database_url, delete, arrive) == []
    with database.transaction() as db:
        orphans = text(
            "SELECT n.hierarchy FROM numbers.number AS n "
            "LEFT JOIN numbers.hierarchy_node AS h ON n.hierarchy = h.hierarchy "
            "WHERE h.hierarchy IS NULL"
        )
        assert db.execute(orphans).all() == []


def test_a_node_to_which_a_number_is_moving_is_not_deleted(database_url: str) -> None:
    with database.transaction() as db:
        a_number(db, "1001", hierarchy="sys.hcs.acme.paris")
        a_node(db, SITE)

    def move(db: Connection) -> None:
        operations.move(db, chosen("1001"), to_hierarchy=SITE)

    def delete(db: Connection) -> None:
        hierarchies.delete(db, SITE)

    [error] = meanwhile(database_url, move, delete)
    assert "1 numbers" in str(error)


def test_numbers_are_not_added_at_a_node_that_is_deleted_meanwhile(database_url: str) -> None:
    with database.transaction() as db:
        a_node(db, SITE)

    def delete(db: Connection) -> None:
        hierarchies.delete(db, SITE)

    def add(db: Connection) -> None:
        operations.add(db, chosen("1001", hierarchy=SITE))

    [error] = meanwhile(database_url, delete, add)
    assert isinstance(error, Unknown)


def test_two_values_of_a_macro_at_once_are_one_and_a_word_to_the_other(database_url: str) -> None:
    with database.transaction() as db:
        a_node(db, SITE)

    def value(db: Connection) -> None:
        macros.set_value(db, "audiocodes_cooling_duration", 3, hierarchy=SITE, set_by="Ada")

    [error] = meanwhile(database_url, value, value)
    assert isinstance(error, Interrupted)


def test_a_connection_that_comes_to_another_node_has_it(db: Connection) -> None:
    a_connection(db)
    a_connection(db, hierarchy="sys.hcs.zenith")
    assert "sys.hcs.zenith" in types(db)
