"""The next available numbers: which ones, in which order, and nobody else's."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from include.inventory import database, operations, plans, pools
from include.inventory.errors import BadInput, Refused
from include.inventory.events import Actor
from include.inventory.operations import Outcome
from include.inventory.pools import Holder, Wish, next_available
from tests.integration.factories import (
    NOON,
    SITE,
    a_connection,
    a_node,
    a_number,
    a_used_number,
    chosen,
    events,
    observed,
    row,
)

DAY = timedelta(days=1)
ONE = Wish()
ACME, PARIS, FLOOR = "sys.hcs.acme", "sys.hcs.acme.paris", "sys.hcs.acme.london.floor"


def handed_out(db: Connection, wish: Wish = ONE, **options: Any) -> list[str]:
    """The numbers that a consumer at London gets."""
    done = next_available(db, chosen(**({"hierarchy": SITE} | options)), wish)
    assert (done.operation, done.chosen, done.changed) == ("next-available", wish.count, wish.count)
    return [item.internal_number for item in done.items]


def refused(db: Connection, wish: Wish, match: str, **options: Any) -> None:
    """Assert that a wish is refused and that nothing is reserved."""
    with pytest.raises(Refused, match=match):
        handed_out(db, wish, **options)
    found = "SELECT count(*) FROM numbers.number WHERE status <> 'Available'"
    assert db.execute(text(found)).scalar_one() == 0


def some(db: Connection, *numbers: str, hierarchy: str = SITE) -> None:
    for number in numbers:
        a_number(db, number, hierarchy=hierarchy)


def test_the_next_one_is_reserved_for_a_day(db: Connection) -> None:
    some(db, "1002", "1001")
    done = next_available(db, chosen(hierarchy=SITE, reason="INC 1"), Wish(), notes="for Bob")
    [item] = done.items
    assert (item.internal_number, item.status, item.hierarchy) == ("1001", "Reserved", SITE)
    assert item.release_date == row(db, "1001")["release_date"] == NOON + DAY
    assert row(db, "1001")["reservation_notes"] == "for Bob"
    [event] = events(db, "1001")
    assert (event["to_status"], event["actor"], event["detail"]["reason"]) == (
        "Reserved",
        "Ada",
        "INC 1",
    )


def test_the_next_ones_are_assigned_at_once_where_somebody_is_named(db: Connection) -> None:
    some(db, "1001", "1002", "1003")
    holder = Holder("Cisco", "User", "ann")
    done = next_available(db, chosen(hierarchy=SITE), Wish(2), holder=holder)
    assert [item.internal_number for item in done.items] == ["1001", "1002"]
    now = row(db, "1002")
    assert (now["status"], now["usage"], now["vendor"], now["subscriber"]) == (
        "Used",
        "User",
        "Cisco",
        "ann",
    )


def test_they_come_from_the_node_then_the_nearest_above_it(db: Connection) -> None:
    some(db, "1001", hierarchy="sys")
    some(db, "2001", hierarchy=ACME)
    some(db, "3001", "3002")
    some(db, "0001", hierarchy=FLOOR)
    some(db, "0002", hierarchy=PARIS)
    assert handed_out(db, Wish(4)) == ["3001", "3002", "2001", "1001"]
    db.rollback()


def test_below_is_last_and_only_where_it_is_asked_for(db: Connection) -> None:
    some(db, "2001", hierarchy=ACME)
    some(db, "3001")
    some(db, "0001", hierarchy=FLOOR)
    some(db, "0002", hierarchy=f"{SITE}.attic")
    some(db, "0003", hierarchy=PARIS)
    refused(db, Wish(4), "4 numbers are not available at .* and above it, there are 2")
    assert handed_out(db, Wish(4, below=True)) == ["3001", "2001", "0002", "0001"]


def test_a_limited_user_gets_nothing_from_above_the_limit(db: Connection) -> None:
    some(db, "2001", hierarchy=ACME)
    some(db, "3001")
    refused(db, Wish(2), "there are 1", user_limit=SITE)
    refused(db, Wish(1), "which you are limited to", user_limit=PARIS)
    assert handed_out(db, user_limit=SITE) == ["3001"]


def test_only_those_of_a_prefix(db: Connection) -> None:
    some(db, "1001", "2001", "+442079460123", "+12025550100", "*55#", "*56")
    assert handed_out(db, Wish(prefix="2")) == ["2001"]
    assert handed_out(db, Wish(prefix="+1")) == ["+12025550100"]
    assert handed_out(db, Wish(2, prefix="*5")) == ["*55#", "*56"]
    with pytest.raises(Refused, match="of that prefix or country"):
        handed_out(db, Wish(prefix="3"))


def test_only_those_of_a_country(db: Connection) -> None:
    some(db, "1001", "+442079460123", "+12125550100", "+14165550100", "+14165550101")
    assert handed_out(db, Wish(country="gb")) == ["+442079460123"]
    assert handed_out(db, Wish(2, country="CA")) == ["+14165550100", "+14165550101"]
    assert handed_out(db, Wish(country="US")) == ["+12125550100"]
    with pytest.raises(Refused, match="of that prefix or country"):
        handed_out(db, Wish(country="US"))


def test_consecutive_ones_of_countries_that_share_a_code(db: Connection) -> None:
    some(db, *[f"+1416555{n}" for n in range(1000, 1003)], *[f"+1212555{n}" for n in (1000, 1001)])
    assert handed_out(db, Wish(2, consecutive=True, country="CA")) == [
        "+14165551000",
        "+14165551001",
    ]
    with pytest.raises(Refused):
        handed_out(db, Wish(2, consecutive=True, country="CA"))
    assert len(handed_out(db, Wish(2, consecutive=True, country="US"))) == 2


@pytest.mark.parametrize(
    ("there", "count", "found"),
    [
        (["1001", "1003", "1004", "1006"], 2, ["1003", "1004"]),
        (["0098", "0099", "0100", "0101"], 4, ["0098", "0099", "0100", "0101"]),
        (["99", "0100", "100", "101"], 2, ["100", "101"]),
        (["99", "100", "999", "1000"], 2, None),
        (["+442079460999", "+442079461000"], 2, ["+442079460999", "+442079461000"]),
        (["441", "+442"], 2, None),
        (["*1", "*2", "#3"], 2, None),
        (["100", "102", "1010", "1011", "1012"], 3, ["1010", "1011", "1012"]),
        (["9" * 15, "9" * 14 + "8"], 2, ["9" * 14 + "8", "9" * 15]),
        (["5"], 1, ["5"]),
    ],
)
def test_consecutive_ones_follow_each_other_in_the_same_form(
    db: Connection, there: list[str], count: int, found: list[str] | None
) -> None:
    some(db, *there)
    wish = Wish(count, consecutive=True)
    if found is None:
        refused(db, wish, f"{count} consecutive numbers are not available")
    else:
        assert handed_out(db, wish) == found


def test_consecutive_ones_are_of_one_node(db: Connection) -> None:
    some(db, "1001", hierarchy=SITE)
    some(db, "1002", "1003", hierarchy=ACME)
    assert handed_out(db, Wish(2, consecutive=True)) == ["1002", "1003"]


@pytest.mark.parametrize("consecutive", [False, True])
def test_what_a_device_is_listed_with_is_passed_over(db: Connection, consecutive: bool) -> None:
    some(db, "1001", "1002", "1003", "1004", "1005")
    observed(db, a_connection(db), NOON, ["1002"])
    assert handed_out(db, Wish(2, consecutive)) == (
        ["1003", "1004"] if consecutive else ["1001", "1003"]
    )


@pytest.mark.parametrize("consecutive", [False, True])
def test_what_a_distrusted_list_has_had_is_passed_over(db: Connection, consecutive: bool) -> None:
    many = [f"{number}" for number in range(2000, 2030)]
    some(db, "2500", "2501", "2502")
    config = a_connection(db)
    observed(db, config, NOON, [*many, "2500"])
    plans.apply(db, plans.compute(db, "lab").plan, actor=Actor("a sync"))
    blank = "SET status = 'Available', usage = NULL, vendor = NULL"
    db.execute(text(f"UPDATE numbers.number {blank} WHERE internal_number = '2500'"))
    observed(db, config, NOON + DAY, many[:1])
    assert handed_out(db, Wish(2, consecutive)) == ["2501", "2502"]


def test_a_number_that_stands_twice_is_passed_over(db: Connection) -> None:
    some(db, "1001", "1002")
    a_used_number(db, "1001", hierarchy=ACME)
    assert handed_out(db) == ["1002"]
    with pytest.raises(Refused, match="there are 0"):
        handed_out(db)


def test_what_is_wanted_must_be_possible(db: Connection) -> None:
    some(db, "1001")
    for wish, said in (
        (Wish(0), "1 to 1,000"),
        (Wish(-1), "1 to 1,000"),
        (Wish(1001), "1 to 1,000"),
        (Wish(prefix="a"), "is no prefix"),
        (Wish(prefix="1" * 16), "is no prefix"),
        (Wish(prefix="%"), "is no prefix"),
        (Wish(country="XX"), "is no country"),
        (Wish(country="'; --"), "is no country"),
        (Wish(country="GB", prefix="+33"), "No number of GB begins with"),
        (Wish(country="GB", prefix="20"), "No number of GB begins with"),
    ):
        with pytest.raises(BadInput, match=said):
            handed_out(db, wish)
    with pytest.raises(BadInput, match="There is no hierarchy node"):
        handed_out(db, hierarchy="sys.nowhere")
    with pytest.raises(BadInput, match="name it"):
        handed_out(db, hierarchy=None)


def test_a_dry_run_reserves_nothing(db: Connection) -> None:
    some(db, "1001")
    assert handed_out(db, dry_run=True) == ["1001"]
    assert (row(db, "1001")["status"], events(db, "1001")) == ("Available", [])


# While others are at work

POOL = [f"+4420{number:08}" for number in range(10_000)]
CALLERS = 32
MOST_ROUNDS = 2000


def test_no_number_is_ever_given_to_two(database_url: str) -> None:
    """32 at once, half of them asking for the next ones, half naming those that they want."""
    with database.transaction() as db:
        a_node(db, SITE)
        operations.add(db, chosen(f"{POOL[0]}-{POOL[-1]}", hierarchy=SITE))
    start = threading.Barrier(CALLERS)

    def called(one: int) -> list[str]:
        engine = database.engine(database_url)
        with engine.connect().execution_options(isolation_level="READ COMMITTED") as connection:
            start.wait()
            won = (_next_caller if one % 2 else _assigner)(connection, one)
        engine.dispose()
        return won

    with ThreadPoolExecutor(CALLERS) as threads:
        won = list(threads.map(called, range(CALLERS)))
    given = Counter(number for numbers in won for number in numbers)
    assert set(given) == set(POOL)
    assert {number: times for number, times in given.items() if times > 1} == {}
    assert any(won[::2])
    assert any(won[1::2])
    with database.transaction() as db:
        left = text(
            "SELECT internal_number, actor FROM numbers.number_event "
            "WHERE from_status = 'Available'"
        )
        logged = db.execute(left).all()
        actors = {event.internal_number: event.actor for event in logged}
        assert len(logged) == len(actors) == len(POOL)
        for one, numbers in enumerate(won):
            assert {actors[number] for number in numbers} <= {f"caller {one}"}
        still = "SELECT count(*) FROM numbers.number WHERE status = 'Available'"
        assert db.execute(text(still)).scalar_one() == 0


def _committed(db: Connection, ask: Callable[[], Outcome]) -> list[str] | None:
    """The numbers that were got; None where it was refused. Any other error is a mistake."""
    try:
        done = ask()
        db.commit()
    except Refused:
        db.rollback()
        return None
    return [item.internal_number for item in done.items if item.outcome == "changed"]


def _next_caller(db: Connection, one: int) -> list[str]:
    """Ask for the next ones, some of them consecutive, until there are none."""
    dice, won = random.Random(one), list[str]()
    wishes = [Wish(), Wish(7), Wish(40), Wish(200), Wish(5, consecutive=True)]
    for _ in range(MOST_ROUNDS):
        wish = dice.choice(wishes)
        got = _committed(db, lambda wish=wish: next_available(db, _by(one), wish))  # type: ignore[misc]
        if got is None and wish == Wish() and _none_left(db):
            return won
        won += got or []
    raise AssertionError("there is no end of it")


def _assigner(db: Connection, one: int) -> list[str]:
    """Name some, those at the front first, where others take theirs from as well."""
    dice, won = random.Random(one % 4), list[str]()  # eight at once want the same
    wanted = dice.sample(POOL, len(POOL))
    for begin in range(0, len(wanted), 200):
        if _none_left(db):
            break
        some = wanted[begin : begin + 200]
        named = _by(one, *some, per_item=True)
        won += _committed(db, lambda named=named: _assign(db, named)) or []  # type: ignore[misc]
        single = _by(one, dice.choice(POOL))
        won += _committed(db, lambda single=single: _assign(db, single)) or []  # type: ignore[misc]
    return won


def _assign(db: Connection, named: Any) -> Outcome:
    done = operations.assign(db, named, vendor="Cisco")
    if done.items:
        return done
    taken = [operations.Item(number, "changed") for number in named.numbers]
    return Outcome(done.operation, done.chosen, done.changed, items=taken)


def _by(one: int, *numbers: str, **options: Any) -> Any:
    return chosen(*numbers, hierarchy=SITE, actor=Actor(f"caller {one}"), **options)


def _none_left(db: Connection) -> bool:
    still = "SELECT count(*) FROM numbers.number WHERE status = 'Available'"
    return not db.execute(text(still)).scalar_one()


def test_feature_codes_are_handed_out_only_where_they_are_meant(db: Connection) -> None:
    some(db, "*55#", "1001")
    assert handed_out(db) == ["1001"]
    with pytest.raises(Refused, match="not available"):
        handed_out(db)
    assert handed_out(db, Wish(prefix="*")) == ["*55#"]


# A whole number that stands at two nodes


WHOLE = "+442079460123"


def _assigned(db: Connection, node: str) -> None:
    operations.assign(db, chosen(WHOLE, hierarchy=node), vendor="Cisco")


def _next(db: Connection, node: str) -> None:
    next_available(db, chosen(hierarchy=node), ONE)


@pytest.mark.parametrize(
    "takes", [(_assigned, _assigned), (_next, _next), (_assigned, _next), (_next, _assigned)]
)
def test_of_a_whole_number_one_row_is_taken_however_many_ask(
    database_url: str, takes: tuple[Callable[[Connection, str], None], ...]
) -> None:
    """Whoever comes second, while the first has not committed, sees what the first one did."""
    with database.transaction() as db:
        for node in (SITE, PARIS):
            a_number(db, WHOLE, hierarchy=node)
    first, second = takes

    def take() -> None:
        database.retried(lambda db: second(db, PARIS), database_url)

    with ThreadPoolExecutor(1) as threads:
        with database.transaction(database_url) as db:
            first(db, SITE)
            waiting = threads.submit(take)
            with suppress(FutureTimeout, Refused):  # it waits, or passes over what is locked
                waiting.result(0.5)
        with pytest.raises(Refused):
            waiting.result(20)
    with database.transaction() as db:
        found = text("SELECT hierarchy FROM numbers.number WHERE status <> 'Available'")
        assert db.execute(found).scalars().all() == [SITE]


@pytest.mark.parametrize(
    "takes", [(_assigned, _assigned), (_next, _next), (_assigned, _next), (_next, _assigned)]
)
def test_of_a_whole_number_one_row_is_taken_by_all_who_ask_at_once(
    database_url: str, takes: tuple[Callable[[Connection, str], None], ...]
) -> None:
    for _ in range(10):
        with database.transaction() as db:
            db.execute(text("DELETE FROM numbers.number"))
            for node in (SITE, PARIS):
                a_number(db, WHOLE, hierarchy=node)
        start = threading.Barrier(2)

        def take(one: int, start: threading.Barrier = start) -> bool:
            start.wait()
            node = (SITE, PARIS)[one]
            try:
                database.retried(lambda db: takes[one](db, node), database_url)
            except Refused:
                return False
            return True

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(take, range(2))) == [False, True]


def test_what_is_taken_elsewhere_after_it_was_looked_for_is_taken_anew(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one takes the other row, and commits, between the taking and the looking again."""
    with database.transaction() as db:
        for node in (SITE, PARIS):
            a_number(db, WHOLE, hierarchy=node)
        a_number(db, "+442079460124", hierarchy=SITE)
    original, times = pools._lock_elsewhere, list[int]()

    def looked_again(db: Connection, items: list[operations.Item]) -> None:
        times.append(1)
        if len(times) == 1:
            taken = text("UPDATE numbers.number SET status = 'Reserved' WHERE hierarchy = :paris")
            with database.transaction(database_url) as other:
                other.execute(taken, {"paris": PARIS})
        original(db, items)

    monkeypatch.setattr(pools, "_lock_elsewhere", looked_again)
    done = database.retried(lambda db: next_available(db, chosen(hierarchy=SITE), ONE))
    assert [item.internal_number for item in done.items] == ["+442079460124"]
    assert len(times) == 2
