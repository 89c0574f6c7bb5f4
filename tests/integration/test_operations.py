"""What people do with numbers: which are taken, what becomes of them, and what is remembered."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from include.inventory import database, numbers, operations
from include.inventory.errors import BadInput, Changed, NumbersRefused, Refused
from include.inventory.operations import OPERATIONS, Outcome
from include.inventory.selections import Selection
from include.inventory.status import Status
from tests.integration.factories import (
    NOON,
    SITE,
    a_connection,
    a_cooling_number,
    a_macro,
    a_node,
    a_number,
    a_used_number,
    chosen,
    events,
    observed,
    row,
)

DAY = timedelta(days=1)
ACME, PARIS = "sys.hcs.acme", "sys.hcs.acme.paris"
TABLES = ("number", "number_event", "hierarchy_node", "macro", "user_limit", "presence", "plan")
STATES: dict[str, dict[str, Any]] = {
    "Available": {},
    "Used": {"status": "Used", "usage": "User", "vendor": "Cisco", "subscriber": "ann"},
    "Used by a device": {"status": "Used", "usage": "Device", "vendor": "AudioCodes"},
    "Used-Utility": {"status": "Used-Utility", "usage": "Hunt_Pilot"},
    "Reserved": {"status": "Reserved", "release_date": NOON + DAY},
    "Cooling": {"status": "Cooling", "release_date": NOON + DAY, "tag": "Cooling"},
}
Run = Callable[[Connection, Selection], Outcome]
RUNS: dict[str, Run] = {
    "delete": operations.delete,
    "assign": lambda db, some: operations.assign(db, some, vendor="Cisco", subscriber="ann"),
    "unassign": operations.unassign,
    "mark-utility": lambda db, some: operations.mark_utility(db, some, usage="Hunt_Pilot"),
    "reserve": lambda db, some: operations.reserve(db, some, days=3, notes="for Bob"),
    "unreserve": operations.unreserve,
    "cool": lambda db, some: operations.cool(db, some, days=3),
    "end-cooling": operations.end_cooling,
    "move": lambda db, some: operations.move(db, some, to_hierarchy=PARIS),
    "edit": lambda db, some: operations.edit(db, some, {"description": "x"}),
}
# What an Available number, or the first state that the operation takes, has become.
ENTERED = {
    "assign": ("Used", "User", "Cisco"),
    "unassign": ("Available", None, None),
    "mark-utility": ("Used-Utility", "Hunt_Pilot", None),
    "reserve": ("Reserved", None, None),
    "unreserve": ("Available", None, None),
    "cool": ("Cooling", None, None),
    "end-cooling": ("Available", None, None),
}


def everything(db: Connection) -> list[Any]:
    """Every row of every table that an operation could touch."""
    return [
        db.execute(text(f"SELECT t.* FROM numbers.{table} AS t ORDER BY t::text")).all()
        for table in TABLES
    ]


def is_taken(name: str, state: str) -> bool:
    operation = OPERATIONS[name]
    if state == "Used by a device":
        return "device" in operation.takes
    return state in operation.leaves


def test_every_operation_on_numbers_that_are_there_is_tried() -> None:
    assert set(RUNS) == set(OPERATIONS) - {"add", "next-available"}
    assert {status for state in STATES.values() for status in [state.get("status")]} == {
        None,
        *map(str, set(Status) - {Status.AVAILABLE}),
    }


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", RUNS)
def test_an_operation_takes_the_states_that_it_leaves_and_no_other(
    db: Connection, name: str, state: str
) -> None:
    a_node(db, PARIS)
    a_number(db, **STATES[state])
    before = everything(db)
    some = chosen("+442079460123", reason="INC 1")
    if not is_taken(name, state):
        with pytest.raises(NumbersRefused, match=r"Nothing was changed") as refusal:
            RUNS[name](db, some)
        [item] = refusal.value.outcome.items
        assert item.outcome == "refused"
        assert item.status == STATES[state].get("status", "Available")
        assert everything(db) == before
        return
    done = RUNS[name](db, some)
    assert (done.operation, done.chosen, done.changed, done.refused) == (name, 1, 1, 0)
    logged = events(db)
    assert len(logged) == (2 if name == "move" else 1)
    for event in logged:
        assert (event["actor"], event["as_of"]) == ("Ada", NOON)
        assert event["cause"] == OPERATIONS[name].cause
        assert event["detail"]["reason"] == "INC 1"
    assert logged[0]["from_status"] == STATES[state].get("status", "Available")
    assert (logged[0]["from_usage"], logged[0]["from_vendor"]) == (
        STATES[state].get("usage"),
        STATES[state].get("vendor"),
    )
    if name == "delete":
        assert logged[0]["to_status"] is None
        return
    now = row(db)
    assert (now["status"], now["usage"], now["vendor"]) == (
        logged[-1]["to_status"],
        logged[-1]["to_usage"],
        logged[-1]["to_vendor"],
    )
    assert now["status"] in OPERATIONS[name].enters
    if name in ENTERED:
        assert (now["status"], now["usage"], now["vendor"]) == ENTERED[name]


@pytest.mark.parametrize("name", RUNS)
def test_what_is_taken_is_all_or_nothing_unless_each_is_asked_for(
    db: Connection, name: str
) -> None:
    a_node(db, PARIS)
    good = next(state for state in STATES if is_taken(name, state))
    bad = next((state for state in STATES if not is_taken(name, state)), None)
    a_number(db, "1001", **STATES[good])
    a_number(db, "1003", **STATES[good])
    if bad is not None:
        a_number(db, "1002", **STATES[bad])
    before = everything(db)
    refused = ["1002", "1004"] if bad is not None else ["1004", "1002"]
    with pytest.raises(NumbersRefused) as refusal:
        RUNS[name](db, chosen("1001-1004"))
    assert {item.internal_number for item in refusal.value.outcome.items} == set(refused)
    assert (refusal.value.outcome.changed, refusal.value.outcome.unchanged) == (0, 2)
    assert everything(db) == before
    done = RUNS[name](db, chosen("1001-1004", per_item=True))
    assert (done.chosen, done.changed, done.refused, done.unchanged) == (4, 2, 2, 0)
    assert [(item.internal_number, item.outcome) for item in done.items] == [
        ("1001", "changed"),
        ("1002", "refused"),
        ("1003", "changed"),
        ("1004", "refused"),
    ]
    assert len(events(db, "1001")) == len(events(db, "1003")) > 0
    assert events(db, "1002") == events(db, "1004") == []


@pytest.mark.parametrize("per_item", [False, True])
@pytest.mark.parametrize("name", RUNS)
def test_a_dry_run_tells_what_would_be_and_changes_nothing(
    db: Connection, name: str, per_item: bool
) -> None:
    a_node(db, PARIS)
    good = next(state for state in STATES if is_taken(name, state))
    a_number(db, "1001", **STATES[good])
    before = everything(db)
    done = RUNS[name](db, chosen("1001", dry_run=True, per_item=per_item))
    assert (done.changed, done.refused, done.dry_run) == (1, 0, True)
    some = RUNS[name](db, chosen("1001-1002", dry_run=True, per_item=per_item))
    assert (some.changed, some.refused) == (1 if per_item else 0, 1)
    assert everything(db) == before


@pytest.mark.parametrize("name", RUNS)
def test_a_number_that_has_been_changed_since_it_was_read_is_refused(
    db: Connection, name: str
) -> None:
    a_node(db, PARIS)
    good = next(state for state in STATES if is_taken(name, state))
    a_number(db, "1001", **STATES[good])
    version = numbers.show(db, "1001")["version"]
    db.commit()
    operations.edit(db, chosen("1001"), {"extra1": "changed meanwhile"})
    with pytest.raises(Changed, match="1001 was changed since it was read"):
        RUNS[name](db, chosen("1001", version=version))
    version = numbers.show(db, "1001")["version"]
    assert RUNS[name](db, chosen("1001", version=version)).changed == 1
    db.rollback()
    db.execute(text("DELETE FROM numbers.number"))
    db.execute(text("DELETE FROM numbers.hierarchy_node"))
    db.commit()


def test_a_version_is_that_of_one_number(db: Connection) -> None:
    with pytest.raises(BadInput, match="give one number with it"):
        operations.delete(db, chosen("1001", "1002", version="1-1"))
    with pytest.raises(BadInput, match="give one number with it"):
        operations.delete(db, chosen("1001-1001", version="1-1"))


# Refusals


def test_a_cooling_number_is_refused_with_its_release_date(db: Connection) -> None:
    a_cooling_number(db, "1001", until=NOON + DAY)
    with pytest.raises(NumbersRefused) as refusal:
        operations.assign(db, chosen("1001"), vendor="Cisco")
    assert str(refusal.value) == (
        "Cannot assign: 1001 is Cooling until 2026-11-03 12:00 UTC; only Available numbers can be "
        "taken. Nothing was changed"
    )
    [item] = refusal.value.outcome.items
    assert (item.status, item.release_date) == ("Cooling", NOON + DAY)


def test_a_number_that_is_listed_is_never_handed_out(db: Connection) -> None:
    a_number(db, "1001")
    observed(db, a_connection(db), NOON, ["1001"])
    for name in ("assign", "mark-utility", "reserve", "delete", "move"):
        a_node(db, f"sys.hcs.other{name}")
        with pytest.raises(NumbersRefused, match="in use by a registered device"):
            RUNS[name](db, chosen("1001")) if name != "move" else operations.move(
                db, chosen("1001"), to_hierarchy="sys.hcs.othermove"
            )


def test_a_number_that_is_at_several_nodes_must_be_said_which(db: Connection) -> None:
    a_number(db, "1001", hierarchy=SITE)
    a_number(db, "1001", hierarchy=PARIS)
    with pytest.raises(NumbersRefused, match="is at several nodes; name the one"):
        operations.reserve(db, chosen("1001"))
    with pytest.raises(NumbersRefused, match="is at several nodes"):
        operations.reserve(db, chosen("1001", hierarchy=ACME))
    assert operations.reserve(db, chosen("1001", hierarchy=PARIS)).changed == 1
    with pytest.raises(NumbersRefused, match="is not in the inventory, or not at"):
        operations.reserve(db, chosen("1001", hierarchy="sys.hcs.other"))


def test_a_user_of_a_limit_changes_nothing_outside_of_it(db: Connection) -> None:
    a_number(db, "1001", hierarchy=PARIS)
    a_node(db, SITE)
    before = everything(db)
    for name, run in RUNS.items():
        if name != "move":
            with pytest.raises(NumbersRefused, match="1001 is not in the inventory, or not at"):
                run(db, chosen("1001", user_limit=SITE))
    with pytest.raises(Refused, match="which you are limited to"):
        operations.add(db, chosen("1002", hierarchy=ACME, user_limit=SITE))
    a_number(db, "1003")
    with pytest.raises(Refused, match="which you are limited to"):
        operations.move(db, chosen("1003", user_limit=SITE), to_hierarchy=PARIS)
    db.execute(text("DELETE FROM numbers.number WHERE internal_number = '1003'"))
    assert everything(db) == before


def test_a_thousand_of_many_refused_numbers_are_named(db: Connection) -> None:
    with pytest.raises(NumbersRefused, match=r"and 1995 more") as refusal:
        operations.delete(db, chosen("1000-2999"))
    outcome = refusal.value.outcome
    assert (outcome.chosen, outcome.refused, len(outcome.items)) == (2000, 2000, 1000)
    every = operations.delete(db, chosen("1000-2999", per_item=True))
    assert len(every.items) == 2000


@pytest.mark.parametrize("days", [-1, 1000, 2.5, True, "3"])
def test_days_are_whole_and_within_bounds(db: Connection, days: Any) -> None:
    a_number(db, "1001")
    for run in (operations.reserve, operations.cool):
        with pytest.raises(BadInput, match="a whole number of 0 to 999"):
            run(db, chosen("1001"), days=days)
    assert row(db, "1001")["status"] == "Available"


@pytest.mark.parametrize("vendor", ["AudioCodes", "audiocodes", " AudioCodes "])
def test_nobody_but_a_sync_gives_numbers_to_devices(db: Connection, vendor: str) -> None:
    a_number(db, "1001")
    with pytest.raises(Refused, match="held by devices"):
        operations.assign(db, chosen("1001"), vendor=vendor)


@pytest.mark.parametrize("usage", ["", "  "])
def test_what_is_used_has_a_usage(db: Connection, usage: str) -> None:
    a_number(db, "1001")
    with pytest.raises(BadInput, match="needs its usage"):
        operations.assign(db, chosen("1001"), vendor=None, usage=usage)
    with pytest.raises(BadInput, match="needs its usage"):
        operations.mark_utility(db, chosen("1001"), usage=usage)


@pytest.mark.parametrize("unfit", ["a\x00b", "\x1b[31m", "x" * 1001, "\x9f", "\ud800"])
def test_texts_that_cannot_be_kept_are_bad_input(db: Connection, unfit: str) -> None:
    a_number(db, "1001")
    for run in (
        lambda: operations.assign(db, chosen("1001"), vendor=unfit),
        lambda: operations.assign(db, chosen("1001"), vendor=None, subscriber=unfit),
        lambda: operations.assign(db, chosen("1001", reason=unfit), vendor=None),
        lambda: operations.reserve(db, chosen("1001"), notes=unfit),
        lambda: operations.edit(db, chosen("1001"), {"extra1": unfit}),
        lambda: operations.add(db, chosen("1002", hierarchy=SITE), description=unfit),
    ):
        with pytest.raises(BadInput, match=r"control character|characters; at most"):
            run()


# Add and delete


def test_a_range_is_added_with_its_leading_zeros_and_both_its_ends(db: Connection) -> None:
    a_node(db)
    done = operations.add(
        db,
        chosen("0098-0101", "+442079460998-+442079461001", "*55#", "7", hierarchy=SITE),
        description="new",
    )
    assert (done.chosen, done.changed, done.unchanged) == (10, 10, 0)
    made = list(numbers.find(db))
    assert [(n["internal_number"], n["e164_number"]) for n in made] == [
        ("*55#", None),
        *[(f"+44207946{n}", f"+44207946{n}") for n in ("0998", "0999", "1000", "1001")],
        ("0098", None),
        ("0099", None),
        ("0100", None),
        ("0101", None),
        ("7", None),
    ]
    assert {(n["status"], n["description"]) for n in made} == {("Available", "new")}
    [event] = events(db, "0100")
    assert (event["from_status"], event["to_status"], event["cause"]) == (None, "Available", "add")


def test_only_the_missing_ones_are_added_and_others_stay(db: Connection) -> None:
    a_node(db)
    a_used_number(db, "1001", description="old")
    done = operations.add(db, chosen("1000-1002", hierarchy=SITE, per_item=True), description="x")
    assert (done.chosen, done.changed, done.refused, done.unchanged) == (3, 2, 0, 1)
    assert [item.outcome for item in done.items] == ["changed", "unchanged", "changed"]
    assert row(db, "1001")["description"] == "old"
    assert events(db, "1001") == []
    again = operations.add(db, chosen("1000-1002", hierarchy=SITE))
    assert (again.changed, again.unchanged) == (0, 3)


def test_a_number_is_unique_looking_up_and_down(db: Connection) -> None:
    for node in (SITE, PARIS):
        a_node(db, node)
    assert operations.add(db, chosen("1001", hierarchy=SITE)).changed == 1
    assert operations.add(db, chosen("1001", hierarchy=ACME)).changed == 0
    assert operations.add(db, chosen("1001", hierarchy="sys")).changed == 0
    a_node(db, f"{SITE}.floor")
    assert operations.add(db, chosen("1001", hierarchy=f"{SITE}.floor")).changed == 0
    assert operations.add(db, chosen("1001", hierarchy=PARIS)).changed == 1


def test_a_number_that_is_named_twice_is_one(db: Connection) -> None:
    a_node(db)
    assert operations.add(db, chosen("1001", "1000-1002", "1001", hierarchy=SITE)).changed == 3


def test_numbers_are_added_at_a_node_that_there_is(db: Connection) -> None:
    with pytest.raises(BadInput, match="name it"):
        operations.add(db, chosen("1001"))
    with pytest.raises(BadInput, match="There is no hierarchy node"):
        operations.add(db, chosen("1001", hierarchy="sys.hcs.nowhere"))


def test_adding_dry_changes_nothing(db: Connection) -> None:
    a_node(db)
    a_number(db, "1001")
    before = everything(db)
    done = operations.add(db, chosen("1000-1002", hierarchy=SITE, dry_run=True))
    assert (done.chosen, done.changed, done.unchanged) == (3, 2, 1)
    assert everything(db) == before


def test_a_deletion_lists_what_it_cannot_take_with_why(db: Connection) -> None:
    a_number(db, "1001")
    a_used_number(db, "1002")
    a_number(db, "1003", **STATES["Used"])
    a_cooling_number(db, "1004", until=NOON + DAY)
    with pytest.raises(NumbersRefused) as refusal:
        operations.delete(db, chosen("1001-1005"))
    assert {item.internal_number: item.reason for item in refusal.value.outcome.items} == {
        "1002": "is Used by an AudioCodes device; remove the device, and the next sync lets the "
        "number cool",
        "1003": "is Used; only Available numbers can be taken",
        "1004": "is Cooling until 2026-11-03 12:00 UTC; only Available numbers can be taken",
        "1005": "is not in the inventory, or not at, above or below the node that is named",
    }


def test_the_history_of_a_deleted_number_stays(db: Connection) -> None:
    a_node(db)
    operations.add(db, chosen("1001", hierarchy=SITE), description="old")
    operations.delete(db, chosen("1001", reason="ported"))
    shown = numbers.show(db, "1001")
    assert shown["status"] is None
    assert [event["cause"] for event in shown["history"]] == ["add", "delete"]
    assert shown["history"][1]["detail"] == {"reason": "ported", "description": "old"}


@pytest.mark.parametrize("expected", [-1, 0])
def test_many_numbers_are_added_and_deleted_in_one_go(db: Connection, expected: int) -> None:
    """Also where the planner believes that there are none."""
    a_node(db)
    many = "+44200000000-+44200099999"
    assert operations.add(db, chosen(many, hierarchy=SITE)).changed == 100_000
    believed = (
        "UPDATE pg_class SET reltuples = :rows, relpages = 4000 WHERE oid = CAST(:t AS regclass)"
    )
    db.execute(text(believed), {"rows": expected, "t": "numbers.number"})
    assert operations.delete(db, chosen(many)).changed == 100_000


# Unassign


def put(db: Connection, name: str, value: int, hierarchy: str) -> None:
    a_macro(db, name, value, hierarchy=hierarchy, set_by="Ada", valid_from=NOON - DAY)


def test_each_number_cools_as_the_settings_of_its_own_node_say(db: Connection) -> None:
    put(db, "number_inventory_cooling_enabled", 1, ACME)
    put(db, "number_inventory_cooling_enabled", 0, PARIS)
    put(db, "number_inventory_cooling_duration_days", 90, SITE)
    for number, node in (("1001", SITE), ("1002", PARIS), ("1003", f"{ACME}.rome")):
        a_number(
            db, number, hierarchy=node, description="Ann", extra={"extra1": "x"}, **STATES["Used"]
        )
    assert operations.unassign(db, chosen("1001-1003")).changed == 3
    london, paris, rome = (row(db, number) for number in ("1001", "1002", "1003"))
    assert (london["status"], london["release_date"]) == ("Cooling", NOON + 90 * DAY)
    assert london["tag"] == "Cooling for 90 days, until 2027-01-31 12:00 UTC"
    assert (paris["status"], paris["release_date"], paris["tag"]) == ("Available", None, None)
    assert (rome["status"], rome["release_date"]) == ("Cooling", NOON + 30 * DAY)
    assert (london["description"], paris["description"]) == ("Ann", None)
    for one in (london, paris, rome):
        assert one["subscriber"] is None
        assert one["extra"] == {"extra1": "x"}
    [event] = events(db, "1002")
    assert event["detail"] == {"subscriber": "ann", "description": "Ann"}


def test_the_cooling_of_devices_is_another_matter(db: Connection) -> None:
    put(db, "audiocodes_cooling_duration", 9, ACME)
    a_number(db, "1001", **STATES["Used"])
    operations.unassign(db, chosen("1001"))
    assert row(db, "1001")["status"] == "Available"


def test_a_number_that_a_device_is_listed_with_becomes_the_devices(db: Connection) -> None:
    put(db, "number_inventory_cooling_enabled", 1, ACME)
    a_number(db, "1001", description="Ann", **STATES["Used"])
    observed(db, a_connection(db), NOON, ["1001"])
    operations.unassign(db, chosen("1001"))
    now = row(db, "1001")
    assert (now["status"], now["usage"], now["vendor"]) == ("Used", "Device", "AudioCodes")
    assert (now["subscriber"], now["release_date"], now["description"]) == (None, None, "Ann")
    [event] = events(db, "1001")
    assert (event["to_usage"], event["to_vendor"]) == ("Device", "AudioCodes")


def test_a_number_never_leaves_its_node_when_it_is_given_up(db: Connection) -> None:
    before = a_number(db, "1001")
    for run in (
        lambda: operations.assign(db, chosen("1001", hierarchy=f"{SITE}.floor"), vendor="Cisco"),
        lambda: operations.unassign(db, chosen("1001", hierarchy=ACME)),
        lambda: operations.reserve(db, chosen("1001")),
        lambda: operations.unreserve(db, chosen("1001")),
    ):
        run()
        assert (row(db, "1001")["number_id"], row(db, "1001")["hierarchy"]) == (before, SITE)


# Reserve, cool


def test_a_reservation_ends_by_itself_or_by_hand(db: Connection) -> None:
    a_number(db, "1001")
    a_number(db, "1002")
    operations.reserve(db, chosen("1001"), days=3, notes="for Bob")
    operations.reserve(db, chosen("1002"))
    assert row(db, "1001")["release_date"] == NOON + 3 * DAY
    assert row(db, "1001")["reservation_notes"] == "for Bob"
    assert row(db, "1002")["release_date"] is None
    operations.unreserve(db, chosen("1001", "1002"))
    assert row(db, "1001")["reservation_notes"] is None
    assert events(db, "1001")[1]["detail"] == {
        "reservation_notes": "for Bob",
        "from_release_date": "2026-11-05T12:00:00+00:00",
    }


def test_days_of_cooling_are_those_given_or_those_in_force(db: Connection) -> None:
    put(db, "number_inventory_cooling_duration_days", 45, ACME)
    for number in ("1001", "1002", "1003"):
        a_number(db, number)
    operations.cool(db, chosen("1001"))
    operations.cool(db, chosen("1002"), days=7)
    operations.cool(db, chosen("1003"), days=0)
    assert [row(db, n)["release_date"] - NOON for n in ("1001", "1002", "1003")] == [
        45 * DAY,
        7 * DAY,
        0 * DAY,
    ]
    assert row(db, "1002")["tag"] == "Cooling for 7 days, until 2026-11-09 12:00 UTC"


# Move


def test_a_move_is_two_events_and_the_state_stays(db: Connection) -> None:
    a_node(db, PARIS)
    number_id = a_number(db, "1001", description="Ann", **STATES["Used"])
    done = operations.move(db, chosen("1001", per_item=True), to_hierarchy=PARIS)
    assert [(item.outcome, item.hierarchy) for item in done.items] == [("changed", PARIS)]
    now = row(db, "1001")
    assert (now["hierarchy"], now["number_id"], now["status"]) == (PARIS, number_id, "Used")
    assert (now["subscriber"], now["description"]) == ("ann", "Ann")
    gone, come = events(db, "1001")
    assert (gone["hierarchy"], gone["from_status"], gone["to_status"]) == (SITE, "Used", None)
    assert (come["hierarchy"], come["from_status"], come["to_status"]) == (PARIS, None, "Used")
    assert (gone["detail"], come["detail"]) == (
        {"to_hierarchy": PARIS},
        {"from_hierarchy": SITE},
    )
    history = numbers.show(db, "1001")["history"]
    assert [event["hierarchy"] for event in history] == [SITE, PARIS]


def test_what_is_there_already_is_not_moved_there(db: Connection) -> None:
    a_number(db, "1001", hierarchy=SITE)
    a_number(db, "1001", hierarchy=PARIS)
    a_number(db, "1002", hierarchy=SITE)
    a_number(db, "1003", hierarchy=SITE)
    a_number(db, "1003", hierarchy="sys.hcs.other.x")
    for number, node in (("1001", PARIS), ("1002", SITE), ("1003", "sys.hcs.other")):
        with pytest.raises(NumbersRefused, match="is at that node already, above it or below it"):
            operations.move(db, chosen(number, hierarchy=SITE), to_hierarchy=node)
    assert operations.move(db, chosen("1002"), to_hierarchy=ACME).changed == 1


def test_what_a_device_is_listed_with_there_is_not_moved_there(db: Connection) -> None:
    a_number(db, "1001", hierarchy="sys.hcs.other")
    a_node(db, SITE)
    observed(db, a_connection(db), NOON, ["1001"])
    with pytest.raises(NumbersRefused, match="in use by a registered device at that node"):
        operations.move(db, chosen("1001", hierarchy="sys.hcs.other"), to_hierarchy=SITE)


def test_numbers_are_moved_to_a_node_that_there_is(db: Connection) -> None:
    a_number(db, "1001")
    with pytest.raises(BadInput, match="There is no hierarchy node"):
        operations.move(db, chosen("1001"), to_hierarchy="sys.hcs.nowhere")


# Edit


def test_texts_are_set_and_cleared_and_others_stay(db: Connection) -> None:
    a_number(db, "1001", description="old", extra={"extra1": "x", "extra2": "y"})
    operations.edit(
        db,
        chosen("1001"),
        {"description": " new ", "extra1": "", "extra3": "=z", "e164_number": "+442079460123"},
    )
    now = row(db, "1001")
    assert (now["description"], now["e164_number"]) == ("new", "+442079460123")
    assert now["extra"] == {"extra2": "y", "extra3": "=z"}
    [event] = events(db, "1001")
    assert (event["from_status"], event["to_status"]) == ("Available", "Available")
    assert event["detail"]["from"] == {"description": "old", "extra1": "x", "extra2": "y"}
    assert event["detail"]["to"] == {
        "description": "new",
        "extra1": None,
        "extra3": "=z",
        "e164_number": "+442079460123",
    }
    operations.edit(db, chosen("1001"), {"extra2": None, "extra3": "", "description": None})
    assert row(db, "1001")["extra"] is None
    assert row(db, "1001")["description"] is None


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"status": "Used"},
        {"extra0": "x"},
        {"extra01": "x"},
        {"extra12345": "x"},
        {"e164_number": "1001"},
        {"e164_number": "+44 20"},
        {"description'; --": "x"},
    ],
)
def test_what_cannot_be_edited_is_bad_input(db: Connection, texts: dict[str, str]) -> None:
    a_number(db, "1001")
    with pytest.raises(BadInput):
        operations.edit(db, chosen("1001"), texts)


# While others are at work


def test_an_edit_remembers_the_state_that_it_found_not_an_older_one(database_url: str) -> None:
    with database.transaction() as db:
        a_number(db, "1001")

    def edit() -> None:
        with database.transaction(database_url) as db:
            operations.edit(db, chosen("1001"), {"extra1": "x"})

    waiting = threading.Thread(target=edit)
    with database.transaction() as db:
        operations.assign(db, chosen("1001"), vendor="Cisco")
        waiting.start()
        wait_for_a_lock(db)
    waiting.join()
    with database.transaction() as db:
        [_, edited] = events(db, "1001")
        assert (edited["from_status"], edited["to_status"]) == ("Used", "Used")


def wait_for_a_lock(db: Connection) -> None:
    """Wait until somebody waits for a lock."""
    found = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(500):
        if db.execute(found).scalar_one():
            return
        time.sleep(0.01)
    raise TimeoutError


def test_each_number_of_overlapping_ranges_is_told_once_and_as_it_is(db: Connection) -> None:
    a_number(db, "0100")
    a_number(db, "100", status="Used", usage="User", vendor="Cisco")
    for digits in ("0101", "101", "5", "0"):
        a_number(db, digits)
    done = operations.reserve(db, chosen("5", "0100-0101", "100-101", "0-0", per_item=True))
    assert [(item.internal_number, item.outcome, item.status) for item in done.items] == [
        ("5", "changed", "Reserved"),
        ("0100", "changed", "Reserved"),
        ("0101", "changed", "Reserved"),
        ("100", "refused", "Used"),
        ("101", "changed", "Reserved"),
        ("0", "changed", "Reserved"),
    ]
    assert (done.chosen, done.changed, done.refused) == (6, 5, 1)


def test_what_an_edit_clears_is_told(db: Connection) -> None:
    a_number(db, "1001", description="old")
    operations.edit(db, chosen("1001"), {"description": ""})
    [event] = events(db, "1001")
    assert event["detail"] == {"to": {"description": None}, "from": {"description": "old"}}


def test_tens_of_thousands_are_changed_in_a_time_that_grows_with_them(db: Connection) -> None:
    a_node(db, SITE)
    operations.add(db, chosen("10000-59999", hierarchy=SITE))
    taken = []
    for wish in ("10000-14999", "15000-54999"):
        begin = time.perf_counter()
        assert operations.reserve(db, chosen(wish)).changed == _size(wish)
        taken.append((time.perf_counter() - begin) / _size(wish))
    assert taken[1] < 4 * taken[0]


def _size(wish: str) -> int:
    first, last = map(int, wish.split("-"))
    return last - first + 1
