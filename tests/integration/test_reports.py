"""Each report: on small inventories row by row, and beside what a naive replay tells."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta
from itertools import count, groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, column, insert, table

from include.inventory import forecasts, operations, plans, reports
from include.inventory.errors import BadInput, Unknown
from include.inventory.events import Actor
from include.inventory.status import Status
from tests.integration.factories import (
    NOON,
    SITE,
    a_connection,
    a_cooling_number,
    a_macro,
    a_number,
    a_used_number,
    observed,
)

DAY = timedelta(days=1)
# The last is no node below the first, although it begins like one.
ACME, PARIS, OTHER = "sys.hcs.acme", "sys.hcs.acme.paris", "sys.hcs.acmes"
ABOVE = ["sys", "sys.hcs"]
ME = Actor("tester")
NUMBER_IDS = count(10**9)
# What other tests of this server leave behind is nothing: each example starts from a savepoint.
EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def an_event(
    db: Connection,
    number_id: int,
    as_of: datetime,
    before: str | None,
    after: str | None,
    hierarchy: str = SITE,
    internal_number: str = "1001",
) -> None:
    """An event of a number, from a status to another."""
    row = {
        "number_id": number_id,
        "internal_number": internal_number,
        "hierarchy": hierarchy,
        "as_of": as_of,
        "cause": "test",
        "actor": "tester",
        "from_status": before,
        "to_status": after,
    }
    db.execute(insert(table("number_event", *map(column, row), schema="numbers")).values(row))


def the_rows(db: Connection, name: str, *, at: str | None = None, **asked: Any) -> list[Any]:
    """The rows of a report at noon, unless another instant is asked for."""
    asked = {"as_of": NOON} | asked
    return list(reports.named(name).function(db, hierarchy=at, **asked))


def tuples(rows: Iterable[Any]) -> list[tuple[Any, ...]]:
    return [astuple(row) for row in rows]


def some_numbers(db: Connection) -> None:
    """At the site 3 available and 1 used, at its customer 1 reserved, elsewhere 1 cooling."""
    for digits in ("1001", "1002", "1003"):
        a_number(db, digits)
    a_used_number(db, "1004")
    a_number(db, "1005", hierarchy=ACME, status="Reserved")
    a_cooling_number(db, "1006", hierarchy=OTHER, until=NOON + DAY)


# --- what every report keeps ----------------------------------------------------------------------


@pytest.mark.parametrize("name", reports.REPORTS)
def test_a_report_has_the_rows_and_columns_that_it_says(db: Connection, name: str) -> None:
    some_numbers(db)
    report = reports.named(name)
    rows = the_rows(db, name)
    assert {type(row) for row in rows} <= {report.row}
    assert len(report.columns) == len(set(report.columns)) > 2
    assert report.description[0].isupper()


@pytest.mark.parametrize("name", reports.REPORTS)
def test_a_report_on_a_node_that_is_not_there_is_refused(db: Connection, name: str) -> None:
    with pytest.raises(Unknown, match=r"There is no hierarchy node sys\.nowhere"):
        reports.named(name).function(db, hierarchy="sys.nowhere", as_of=NOON)


@pytest.mark.parametrize("name", reports.REPORTS)
def test_a_report_on_a_node_tells_nothing_of_others(db: Connection, name: str) -> None:
    some_numbers(db)
    an_event(db, a_number(db, "1007", hierarchy=OTHER), NOON - DAY, None, "Available", OTHER)
    conflicting(db, "1008", OTHER)
    told = str(the_rows(db, name, at=ACME))
    assert not any(foreign in told for foreign in ("acmes", "1006", "1007", "1008"))


def test_an_unknown_report_is_named_with_those_there_are() -> None:
    with pytest.raises(Unknown, match="There is no report sales; there are: utilisation, "):
        reports.named("sales")


def test_the_latest_instant_is_now_or_that_of_a_later_event(db: Connection) -> None:
    before = datetime.now(UTC)
    an_event(db, 1, NOON - 999 * DAY, None, "Used")
    assert before <= reports.latest(db) <= datetime.now(UTC)
    later = datetime.now(UTC) + DAY
    an_event(db, 1, later, "Used", "Available")
    assert reports.latest(db) == later


# --- utilisation ----------------------------------------------------------------------------------


def test_utilisation_counts_at_each_node_and_below_it(db: Connection) -> None:
    some_numbers(db)
    nothing = (0, 0, 0, 0, 0, 0, None)
    whole = (3, 1, 0, 1, 1, 6, 50.0)
    assert tuples(the_rows(db, "utilisation")) == [
        ("sys", "intermediate", *whole, *nothing),
        ("sys.hcs", "intermediate", *whole, *nothing),
        (ACME, "intermediate", 3, 1, 0, 1, 0, 5, 60.0, 0, 0, 0, 1, 0, 1, 0.0),
        (SITE, "intermediate", *(3, 1, 0, 0, 0, 4, 75.0) * 2),
        (OTHER, "intermediate", *(0, 0, 0, 0, 1, 1, 0.0) * 2),
    ]
    assert [row.hierarchy for row in the_rows(db, "utilisation", at=ACME)] == [ACME, SITE]


def test_utilisation_of_the_past_takes_later_events_back(db: Connection) -> None:
    """Used since noon, moved here after it, deleted after it, and added after it."""
    used = a_used_number(db, "1001")
    an_event(db, used, NOON, "Available", "Cooling")
    an_event(db, used, NOON + DAY, "Cooling", "Used")
    moved = a_number(db, "1002", hierarchy=PARIS)
    an_event(db, moved, NOON + DAY, "Available", None, SITE, "1002")
    an_event(db, moved, NOON + DAY, None, "Available", PARIS, "1002")
    an_event(db, 99, NOON + DAY, "Available", None, SITE, "1003")
    an_event(db, a_number(db, "1004"), NOON + DAY, None, "Available", SITE, "1004")
    counts = {row.hierarchy: row for row in the_rows(db, "utilisation")}
    assert (counts[SITE].available, counts[SITE].cooling, counts[SITE].total) == (2, 1, 3)
    assert (counts[PARIS].total, counts[PARIS].available_percent) == (0, None)
    assert (counts[ACME].available, counts[ACME].total) == (2, 3)
    later = {row.hierarchy: row for row in the_rows(db, "utilisation", as_of=NOON + DAY)}
    assert (later[SITE].available, later[SITE].used, later[PARIS].available) == (1, 1, 1)


# --- by vendor ------------------------------------------------------------------------------------


def test_vendors_are_counted_at_each_node_and_later_events_are_taken_back(db: Connection) -> None:
    some_numbers(db)
    a_used_number(db, "1010")
    a_number(db, "1011", hierarchy=ACME, status="Used", usage="User", vendor="Cisco")
    changed = {
        "number_id": 99,
        "internal_number": "1012",
        "hierarchy": SITE,
        "as_of": NOON + DAY,
        "cause": "test",
        "actor": "tester",
        "from_status": "Used",
        "from_vendor": "Cisco",
        "to_status": "Used",
        "to_vendor": "AudioCodes",
    }
    events = table("number_event", *map(column, changed), schema="numbers")
    db.execute(insert(events).values(changed))
    assert tuples(the_rows(db, "vendors", as_of=NOON + DAY)) == [
        (ACME, "Cisco", 1),
        (SITE, "AudioCodes", 2),
    ]
    assert tuples(the_rows(db, "vendors")) == [
        (ACME, "Cisco", 1),
        (SITE, "AudioCodes", 1),
        (SITE, "Cisco", 1),
    ]


# --- by day ---------------------------------------------------------------------------------------


def test_a_day_is_counted_as_it_ended(db: Connection) -> None:
    number_id = a_used_number(db)
    midnight = datetime(2026, 11, 1, tzinfo=UTC)
    an_event(db, number_id, midnight - timedelta(seconds=1), None, "Available")
    an_event(db, number_id, midnight, "Available", "Reserved")
    an_event(db, number_id, NOON, "Reserved", "Available")
    an_event(db, number_id, NOON + timedelta(hours=1), "Available", "Used")
    asked = {"first": date(2026, 10, 30), "last": date(2026, 11, 9)}
    assert tuples(the_rows(db, "utilisation_by_day", **asked)) == [
        (date(2026, 10, 30), 0, 0, 0, 0, 0, 0, None),
        (date(2026, 10, 31), 1, 0, 0, 0, 0, 1, 100.0),
        (date(2026, 11, 1), 0, 0, 0, 1, 0, 1, 0.0),
        (date(2026, 11, 2), 1, 0, 0, 0, 0, 1, 100.0),
    ]
    [before, *_] = the_rows(db, "utilisation_by_day", first=date(2026, 10, 31))
    assert (before.available, before.reserved) == (1, 0)
    [today] = the_rows(
        db, "utilisation_by_day", as_of=NOON + DAY / 4, first=date(2026, 11, 2), at=SITE
    )
    assert (today.available, today.used) == (0, 1)


def test_thirty_days_are_told_by_default(db: Connection) -> None:
    days = [row.day for row in the_rows(db, "utilisation_by_day")]
    assert (days[0], days[-1], len(days)) == (date(2026, 10, 4), NOON.date(), 30)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"first": date(2026, 11, 3)}, "2026-11-03, is after the last, 2026-11-02"),
        ({"first": date(2026, 1, 2), "last": date(2026, 1, 1)}, "is after the last"),
        ({"first": date(1, 1, 1)}, "more than 3660 days"),
        ({"last": date(1, 1, 1)}, "There is no day -29 days from 0001-01-01"),
    ],
)
def test_days_that_cannot_be_told_are_refused(
    db: Connection, asked: dict[str, date], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        the_rows(db, "utilisation_by_day", **asked)


# --- lives of numbers, made up --------------------------------------------------------------------

STATUSES = [status.value for status in Status]
NODES = [SITE, PARIS, OTHER]
# A life: hours before noon at which something happens, and what: a status, a node to move to, or
# None, which deletes the number.
LIVES = st.lists(
    st.tuples(
        st.sampled_from(NODES),
        st.lists(
            st.tuples(
                st.integers(-20, 150), st.one_of(st.sampled_from([*STATUSES, *NODES]), st.none())
            ),
            min_size=1,
            max_size=6,
            unique_by=lambda happening: happening[0],
        ),
    ),
    max_size=6,
)
# As of which hour, where from when to when, status.
Stay = tuple[str, datetime, datetime | None, str]


def lived(db: Connection, lives: list[Any]) -> list[Stay]:
    """Numbers that lived so, with their rows and events; every stay in a status at a node."""
    stays: list[Stay] = []
    happenings = []
    for digits, (home, life) in enumerate(lives):
        node = home
        number_id = next(NUMBER_IDS)
        status: str | None = None
        since = NOON
        for hours, what in sorted(life, reverse=True):
            at = NOON - hours * timedelta(hours=1)
            if status is None and what is None:
                continue
            if what in NODES and status is not None:
                stays.append((node, since, at, status))
                happenings.append((at, number_id, status, None, node, digits))
                happenings.append((at, number_id, None, status, what, digits))
                node, since = what, at
                continue
            to = "Available" if what in NODES else what
            if status is not None and to != status:
                stays.append((node, since, at, status))
            happenings.append((at, number_id, status, to, node, digits))
            since = since if to == status else at
            status = to
            if status is None:
                number_id = next(NUMBER_IDS)
        if status is not None:
            stays.append((node, since, None, status))
            release = NOON if status == "Cooling" else None
            a_number(db, f"1{digits}", hierarchy=node, status=status, release_date=release)
    for at, number_id, before, after, node, digits in sorted(
        happenings, key=lambda happening: happening[0]
    ):
        an_event(db, number_id, at, before, after, node, f"1{digits}")
    return stays


def below(node: str, top: str | None) -> bool:
    return top is None or node == top or node.startswith(top + ".")


SCOPES = st.sampled_from([None, "sys.hcs.acme", SITE])


@EXAMPLES
@given(LIVES, SCOPES)
def test_days_are_what_a_replay_of_the_events_tells(
    db: Connection, lives: list[Any], scope: str | None
) -> None:
    with db.begin_nested() as undo:
        for node in NODES:
            a_number(db, "*", hierarchy=node, status="Used-Utility")
        stays = lived(db, lives)
        rows = the_rows(db, "utilisation_by_day", at=scope, first=date(2026, 10, 25))
        undo.rollback()
    for row in rows:
        end = datetime(row.day.year, row.day.month, row.day.day, tzinfo=UTC) + DAY
        wanted = dict.fromkeys(STATUSES, 0)
        for node, since, until, status in stays:
            began = since < end and since <= NOON
            over = until is not None and until < end and until <= NOON
            wanted[status] += began and not over and below(node, scope)
        wanted["Used-Utility"] += sum(below(node, scope) for node in NODES)
        found = (row.available, row.used, row.used_utility, row.reserved, row.cooling)
        assert dict(zip(STATUSES, found, strict=True)) == wanted, row


@EXAMPLES
@given(LIVES, SCOPES)
def test_time_in_state_is_what_a_replay_of_the_events_tells(
    db: Connection, lives: list[Any], scope: str | None
) -> None:
    with db.begin_nested() as undo:
        for node in NODES:
            a_number(db, "*", hierarchy=node)
        stays = lived(db, lives)
        rows = {row.status: row for row in the_rows(db, "time_in_state", at=scope)}
        undo.rollback()
    wanted: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for node, since, until, status in stays:
        if since <= NOON and below(node, scope):
            ended = until is not None and until <= NOON
            last = until if until is not None and ended else NOON
            wanted[status].append(((last - since) / DAY, ended))
    assert set(rows) == set(wanted)
    for status, told in wanted.items():
        days = [length for length, _ in told]
        ended = sum(over for _, over in told)
        row = rows[status]
        assert (row.ended, row.ongoing) == (ended, len(days) - ended)
        assert row.mean_days == pytest.approx(sum(days) / len(days), abs=1e-6)
        assert row.median_days == pytest.approx(quantile(days, 0.5), abs=1e-6)
        assert row.p90_days == pytest.approx(quantile(days, 0.9), abs=1e-6)


def test_a_move_ends_a_stay_whichever_of_its_events_is_the_first(db: Connection) -> None:
    number_id = a_number(db, hierarchy=PARIS)
    an_event(db, number_id, NOON - 5 * DAY, None, "Available", SITE)
    an_event(db, number_id, NOON - 2 * DAY, None, "Available", PARIS)
    an_event(db, number_id, NOON - 2 * DAY, "Available", None, SITE)
    a_number(db, "1002")
    assert tuples(the_rows(db, "time_in_state")) == [("Available", 1, 1, 2.5, 2.5, 2.9)]
    assert tuples(the_rows(db, "time_in_state", at=SITE)) == [("Available", 1, 0, 3.0, 3.0, 3.0)]


def quantile(values: list[float], share: float) -> float:
    """The value that a share of the values lies below, between two where it falls there."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


# --- ranges ---------------------------------------------------------------------------------------


def test_ranges_are_of_one_length_and_kind_and_say_what_is_missing(db: Connection) -> None:
    for digits in (
        "+4420",
        "+4421",
        "+4425",
        "0098",
        "0099",
        "0100",
        "100",
        "101",
        "99",
        "1*",
        "#",
    ):
        a_number(db, digits)
    a_used_number(db, "102")
    a_number(db, "103", hierarchy=PARIS)
    assert [
        (row.first, row.last, row.size, row.available, row.used, row.gap)
        for row in the_rows(db, "ranges", at=SITE)
    ] == [
        ("+4420", "+4421", 2, 2, 0, 3),
        ("+4425", "+4425", 1, 1, 0, None),
        ("99", "99", 1, 1, 0, None),
        ("100", "102", 3, 2, 1, None),
        ("0098", "0100", 3, 3, 0, None),
        ("#", "#", 1, 1, 0, None),
        ("1*", "1*", 1, 1, 0, None),
    ]
    assert [(row.hierarchy, row.first) for row in the_rows(db, "ranges", at=PARIS)] == [
        (PARIS, "103")
    ]


NUMBERS = st.one_of(
    st.integers(0, 30).map(lambda value: f"{value:03}"),
    st.integers(95, 105).map(lambda value: f"+{value}"),
    st.integers(5, 15).map(str),
    st.sampled_from(["*1", "1#"]),
)


@EXAMPLES
@given(st.dictionaries(st.tuples(st.sampled_from(NODES), NUMBERS), st.sampled_from(STATUSES)))
def test_ranges_are_those_found_number_by_number(
    db: Connection, inventory: dict[tuple[str, str], str]
) -> None:
    with db.begin_nested() as undo:
        for (node, digits), status in inventory.items():
            release = NOON if status == "Cooling" else None
            a_number(db, digits, hierarchy=node, status=status, release_date=release)
        rows = tuples(the_rows(db, "ranges"))
        undo.rollback()
    assert sorted(rows, key=str) == sorted(naive_ranges(inventory), key=str)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)


def naive_ranges(inventory: dict[tuple[str, str], str]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []

    def kind(key: tuple[str, str]) -> tuple[Any, ...]:
        node, digits = key
        odd = digits if set(digits) & set("*#") else ""
        return node, digits.startswith("+"), len(digits), odd

    for (node, *_), keys in groupby(sorted(inventory, key=lambda key: (kind(key), key)), kind):
        runs: list[list[str]] = []
        for _, digits in keys:
            if runs and int(digits) == int(runs[-1][-1]) + 1:
                runs[-1].append(digits)
            else:
                runs.append([digits])
        for run, following in zip(runs, [*runs[1:], None], strict=True):
            gap = None if following is None else int(following[0]) - int(run[-1]) - 1
            statuses = [inventory[node, digits] for digits in run]
            counts = [statuses.count(status) for status in STATUSES]
            found.append((node, run[0], run[-1], len(run), *counts, gap))
    return found


# --- cooling, reservations, conflicts -------------------------------------------------------------


def test_cooling_is_told_by_release_day_and_node(db: Connection) -> None:
    a_cooling_number(db, "1001", until=NOON)
    a_cooling_number(db, "1002", until=NOON - timedelta(seconds=1))
    a_cooling_number(db, "1003", until=NOON + DAY)
    a_cooling_number(db, "1004", until=NOON - DAY, hierarchy=PARIS)
    a_number(db, "1005", status="Reserved", release_date=NOON)
    assert tuples(the_rows(db, "cooling")) == [
        (date(2026, 11, 1), PARIS, 1, 1),
        (date(2026, 11, 2), SITE, 2, 1),
        (date(2026, 11, 3), SITE, 1, 0),
    ]


def test_reservations_are_told_by_when_they_end(db: Connection) -> None:
    a_number(db, "1001", status="Reserved", reservation_notes="for Sue")
    a_number(db, "1002", status="Reserved", release_date=NOON + 2 * DAY, reservation_notes="fair")
    a_number(db, "1003", status="Reserved", release_date=NOON - DAY, hierarchy=PARIS)
    a_cooling_number(db, "1004", until=NOON)
    late = ("1003", PARIS, NOON - DAY, None, True)
    fair = ("1002", SITE, NOON + 2 * DAY, "fair", False)
    assert tuples(the_rows(db, "reservations")) == [
        late,
        fair,
        ("1001", SITE, None, "for Sue", False),
    ]
    assert tuples(the_rows(db, "reservations", within=2)) == [late, fair]
    assert tuples(the_rows(db, "reservations", within=1)) == [late]
    assert tuples(the_rows(db, "reservations", at=PARIS)) == [late]


def conflicting(db: Connection, digits: str, hierarchy: str = SITE) -> None:
    """A number that a subscriber holds, and that a list has as well."""
    a_number(db, digits, hierarchy=hierarchy, status="Used", usage="User", vendor="Microsoft")
    config = a_connection(db, hierarchy.replace(".", "-"), hierarchy=hierarchy)
    observed(db, config, NOON, [digits])
    plans.compute(db, config.name, as_of=NOON)


def test_conflicts_are_those_of_the_newest_plans_with_who_holds_the_number(db: Connection) -> None:
    held = {"status": "Used", "usage": "User", "vendor": "Microsoft", "subscriber": "Sue"}
    a_number(db, "1001", **held)
    a_number(db, "1002", status="Used-Utility", usage="Hunt_Pilot", hierarchy=PARIS)
    a_number(db, "1003", hierarchy=SITE)
    a_number(db, "1003", hierarchy=PARIS)
    a_number(db, "1004", **held)
    config = a_connection(db, "lab")
    for day, users in enumerate(
        (["1001"], ["1002", "1004"], ["1001", "1002"], ["1001", "1002", "1003"])
    ):
        observed(db, config, NOON + day * DAY, users)
        plans.compute(db, "lab", as_of=NOON + day * DAY)
    told = the_rows(db, "conflicts", as_of=NOON + 3 * DAY)
    conflict = "online as {}, although held by another consumer"
    assert tuples(told) == [
        (
            *("1001", SITE, "conflict", "Used", "User", "Microsoft", "Sue"),
            *(conflict.format("1001"), NOON + 2 * DAY, "lab"),
        ),
        (
            *("1002", PARIS, "conflict", "Used-Utility", "Hunt_Pilot", None, None),
            *(conflict.format("1002"), NOON + DAY, "lab"),
        ),
        (
            *("1003", ACME, "ambiguous", None, None, None, None),
            "online as 1003, and the inventory has it at several nodes; map the site",
            *(NOON + 3 * DAY, "lab"),
        ),
    ]
    assert [
        row.internal_number for row in the_rows(db, "conflicts", at=PARIS, as_of=NOON + 9 * DAY)
    ] == ["1002"]
    before = the_rows(db, "conflicts", as_of=NOON + DAY)
    assert [(row.internal_number, row.since) for row in before] == [
        ("1002", NOON + DAY),
        ("1004", NOON + DAY),
    ]


def test_a_conflict_of_one_connection_outlives_the_plans_of_another(db: Connection) -> None:
    conflicting(db, "1001")
    conflicting(db, "1002", PARIS)
    told = the_rows(db, "conflicts")
    assert [(row.internal_number, row.connection) for row in told] == [
        ("1001", "sys-hcs-acme-london"),
        ("1002", "sys-hcs-acme-paris"),
    ]


# --- never used -----------------------------------------------------------------------------------


def numbers_with_a_past(db: Connection) -> None:
    """1001 to 1003 were never used; 1004 was, 1005 is, 1006 was once, 1007 before its history."""
    an_event(db, a_number(db, "1001"), NOON - DAY, None, "Available", SITE, "1001")
    a_number(db, "1002", status="Reserved", hierarchy=PARIS)
    an_event(db, 99, NOON - 9 * DAY, None, "Used", SITE, "1003")
    an_event(db, 99, NOON - 8 * DAY, "Available", None, SITE, "1003")
    again = a_number(db, "1003")
    an_event(db, again, NOON - 7 * DAY, None, "Available", SITE, "1003")
    an_event(db, again, NOON - 6 * DAY, "Available", "Reserved", SITE, "1003")
    was = a_number(db, "1004")
    an_event(db, was, NOON - 5 * DAY, None, "Available", SITE, "1004")
    an_event(db, was, NOON - 4 * DAY, "Available", "Used", SITE, "1004")
    a_used_number(db, "1005")
    pilot = a_number(db, "1006")
    an_event(db, pilot, NOON - DAY, "Available", "Used-Utility", SITE, "1006")
    an_event(db, a_number(db, "1007"), NOON - DAY, "Used", "Available", SITE, "1007")


def test_numbers_that_were_never_used_are_told_with_when_they_were_added(db: Connection) -> None:
    numbers_with_a_past(db)
    wanted = [
        ("1001", SITE, "Available", NOON - DAY),
        ("1002", PARIS, "Reserved", None),
        ("1003", SITE, "Available", NOON - 7 * DAY),
    ]
    assert tuples(the_rows(db, "never_used")) == wanted
    assert tuples(the_rows(db, "never_used", limit=2)) == wanted[:2]
    assert tuples(the_rows(db, "never_used", after="1001")) == wanted[1:]
    assert tuples(the_rows(db, "never_used", at=PARIS)) == wanted[1:2]
    assert tuples(the_rows(db, "never_used_by_node")) == [(SITE, 6, 2), (PARIS, 1, 1)]


def test_pages_of_numbers_never_used_leave_none_out(db: Connection) -> None:
    for node in NODES:
        for digits in ("1001", "1002"):
            a_number(db, digits, hierarchy=node)
    pages = []
    last: dict[str, str] = {}
    while page := the_rows(db, "never_used", limit=4, **last):
        pages += page
        last = {"after": page[-1].internal_number, "after_hierarchy": page[-1].hierarchy}
    assert tuples(pages) == tuples(the_rows(db, "never_used"))
    assert len(pages) == 6


# --- forecast -------------------------------------------------------------------------------------


def test_a_forecast_is_told_from_the_daily_changes_at_a_node_and_below(db: Connection) -> None:
    """Two claims at the end of each of 14 days, one release; nothing else is use."""
    for digits in range(50):
        a_number(db, f"2{digits:03}")
    a_used_number(db, "3000", hierarchy=ACME)
    an_event(db, 1, NOON - 15 * DAY, None, "Available", SITE, "0")
    for day in range(15):
        at = NOON - day * DAY
        for node, before, after in (
            (SITE, "Available", "Used"),
            (SITE, "Available", "Reserved"),
            (SITE, "Cooling", "Available"),
            (SITE, None, "Available"),
            (SITE, "Available", None),
            (SITE, "Used", "Cooling"),
            (ACME, None, "Available"),
        ):
            an_event(db, 1, at, before, after, node, "0")
    rows = the_rows(db, "forecast")
    day = NOON.date() + 50 * DAY
    assert tuples(rows) == [
        (node, 50, -1.0, day, day, day, 14, "") for node in [*ABOVE, ACME, SITE]
    ]


def test_a_forecast_has_each_change_on_its_day(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The days end at the instant of the report; what is after it, or older, is not among them."""
    asked = []

    def heard(available: int, changes: list[int], *, as_of: datetime) -> forecasts.Outlook:
        asked.append((available, list(changes)))
        return forecasts.outlook(available, changes, as_of=as_of)

    monkeypatch.setattr(reports, "outlook", heard)
    a_number(db, "1001")
    second = timedelta(microseconds=1)
    an_event(db, 1, NOON - 99 * DAY, None, "Available")
    for at, times in ((NOON + second, 1), (NOON, 2), (NOON - DAY + second, 4), (NOON - DAY, 8)):
        for _ in range(times):
            an_event(db, 1, at, "Available", "Used")
    for at, times in ((NOON - 7 * DAY + second, 16), (NOON - 7 * DAY, 32)):
        for _ in range(times):
            an_event(db, 1, at, "Cooling", "Available")
    the_rows(db, "forecast", at=SITE, days=7)
    the_rows(db, "forecast", at=SITE, days=8)
    assert asked == [(2, [-6, -8, 0, 0, 0, 0, 16]), (2, [-6, -8, 0, 0, 0, 0, 16, 32])]


def test_a_forecast_wants_a_week_after_the_first_event(db: Connection) -> None:
    number_id = a_number(db)
    a_number(db, "1002", hierarchy=PARIS)
    an_event(db, number_id, NOON - 6.5 * DAY, None, "Available")
    told = {row.hierarchy: row for row in the_rows(db, "forecast")}
    assert (told[SITE].per_day, told[SITE].runs_out, told[SITE].days) == (None, None, 6)
    assert told[SITE].note == "too little history: 6 of the 7 days that are needed"
    assert told[PARIS].days == 0


def test_a_forecast_has_the_nodes_that_had_numbers_then(db: Connection) -> None:
    """One was added since, at a node of its own; another was deleted since."""
    an_event(db, a_number(db, "1001"), NOON + DAY, None, "Available", SITE)
    a_number(db, "1002", hierarchy=OTHER)
    an_event(db, 99, NOON - DAY, None, "Used", PARIS)
    an_event(db, 99, NOON + DAY, "Used", None, PARIS)
    a_number(db, "1003", hierarchy=f"{PARIS}.x")
    an_event(db, 98, NOON + DAY, None, "Available", f"{PARIS}.x")
    told = [(row.hierarchy, row.available) for row in the_rows(db, "forecast")]
    assert told == [("sys", 1), ("sys.hcs", 1), (ACME, 0), (PARIS, 0), (OTHER, 1)]


@pytest.mark.parametrize("year", [1, 9999])
def test_an_instant_without_days_around_it_is_refused(db: Connection, year: int) -> None:
    with pytest.raises(BadInput, match="There is no day"):
        the_rows(db, "forecast", as_of=datetime(year, 1, 2, tzinfo=UTC), days=56)
    with pytest.raises(BadInput, match="There is no day"):
        the_rows(db, "reservations", as_of=datetime(9999, 12, 31, tzinfo=UTC), within=1)


# --- alerts ---------------------------------------------------------------------------------------


def test_nodes_that_run_short_are_alerts_where_the_threshold_says_so(db: Connection) -> None:
    """1 of 10 is available at the site, 1 of 3 in Paris, 2 of 13 at the customer."""
    a_number(db, "1000")
    for digits in range(9):
        a_used_number(db, f"20{digits}")
    a_number(db, "3000", hierarchy=PARIS)
    for digits in ("3001", "3002"):
        a_used_number(db, digits, hierarchy=PARIS)
    assert the_rows(db, "alerts") == []
    name = "number_inventory_availability_alert_percent"
    for node, value in ((ACME, 11), (PARIS, 34), ("sys", 16)):
        a_macro(db, name, value, hierarchy=node, set_by="me", valid_from=NOON)
    assert tuples(the_rows(db, "alerts")) == [
        ("sys", 2, 13, 15.4, 16, "sys"),
        ("sys.hcs", 2, 13, 15.4, 16, "sys"),
        (SITE, 1, 10, 10.0, 11, ACME),
        (PARIS, 1, 3, 33.3, 34, PARIS),
    ]
    assert the_rows(db, "alerts", as_of=NOON - DAY) == []
    a_macro(db, name, 0, hierarchy=PARIS, set_by="me", valid_from=NOON + DAY)
    assert [row.hierarchy for row in the_rows(db, "alerts", at=PARIS)] == [PARIS]
    assert the_rows(db, "alerts", at=PARIS, as_of=NOON + DAY) == []
    assert [row.hierarchy for row in the_rows(db, "alerts", at=SITE)] == [SITE]


def test_by_default_less_than_a_tenth_is_an_alert(db: Connection) -> None:
    a_number(db, "1000")
    for digits in range(10):
        a_used_number(db, f"20{digits}")
    [*_, told] = the_rows(db, "alerts")
    assert astuple(told) == (SITE, 1, 11, 9.1, 10, None)


def test_what_an_operation_does_is_in_the_reports(db: Connection) -> None:
    """The events are those that number management writes, not those of these tests alone."""
    node = a_number(db, "1999", hierarchy=SITE)
    chosen = operations.Selection(["1001"], SITE, NOON - DAY, ME)
    operations.add(db, chosen)
    operations.reserve(db, operations.Selection(["1001"], SITE, NOON, ME), days=3)
    assert node
    [available, reserved] = the_rows(db, "time_in_state", as_of=NOON + DAY)
    assert (available.ended, available.mean_days) == (1, 1.0)
    assert (reserved.ongoing, reserved.mean_days) == (1, 1.0)
    days = the_rows(db, "utilisation_by_day", as_of=NOON + DAY, first=date(2026, 10, 31))
    assert [(row.available, row.reserved) for row in days] == [(1, 0), (2, 0), (1, 1), (1, 1)]
