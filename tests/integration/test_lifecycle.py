"""Every state of a number, every event: what becomes of it, or that it is refused."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from include.inventory import operations, plans, releases
from include.inventory.errors import Refused
from include.inventory.events import Actor
from include.inventory.selections import Selection
from tests.integration.factories import (
    NOON,
    SITE,
    a_connection,
    a_cooling_number,
    a_macro,
    a_node,
    a_number,
    a_used_number,
    events,
    observed,
    row,
)

NUMBER = "+442079460123"
OTHERS = [f"+4420794602{digit:02}" for digit in range(20)]
ME = Actor("tester")
DAY = timedelta(days=1)
DUE = NOON - DAY

State = Callable[[Connection], object]
Event = Callable[[Connection], object]

STATES: dict[str, State] = {
    "no row": lambda _: None,
    "Available": lambda db: a_number(db, description="desk 4", extra={"extra1": "kept"}),
    "Cooling": lambda db: a_cooling_number(db, until=NOON + DAY, description="desk 4"),
    "Cooling, due": lambda db: a_cooling_number(
        db, until=DUE, description="desk 4", extra={"extra1": "kept"}
    ),
    "Reserved": lambda db: a_number(db, status="Reserved", reservation_notes="for Sue"),
    "Reserved, over": lambda db: a_number(
        db, status="Reserved", reservation_notes="for Sue", release_date=DUE
    ),
    "Used by a subscriber": lambda db: a_number(
        db, status="Used", usage="User", vendor="Microsoft"
    ),
    "Used-Utility": lambda db: a_number(db, status="Used-Utility", usage="Hunt_Pilot"),
    "Used by AudioCodes": a_used_number,
}

DEVICE = ("Used", "Device", "AudioCodes")
AVAILABLE = ("Available", None, None)
COOLING = ("Cooling", None, None)
RESERVED = ("Reserved", None, None)
SUBSCRIBER = ("Used", "User", "Webex Calling")
UTILITY = ("Used-Utility", "CTI_RoutePoint", None)
UNCHANGED, REFUSED, GONE = "unchanged", "refused", "no row"


def synced(db: Connection, users: list[str], as_of: datetime = NOON) -> None:
    observed(db, a_connection(db), as_of, [*OTHERS, *users])
    plan = plans.compute(db, "lab", as_of=as_of)
    plans.apply(db, plan.plan, actor=ME)


def chosen() -> Selection:
    return Selection([NUMBER], SITE, NOON, ME)


def at_once(db: Connection) -> None:
    a_macro(
        db, "audiocodes_cooling_duration", 0, hierarchy="sys", set_by="me", valid_from=NOON - DAY
    )


def present(db: Connection) -> None:
    synced(db, [NUMBER])


def absent(db: Connection) -> None:
    synced(db, [])


def absent_with_no_days(db: Connection) -> None:
    at_once(db)
    synced(db, [])


def released(db: Connection) -> None:
    releases.release(db, as_of=NOON, actor=ME)


def assigned(db: Connection) -> None:
    operations.assign(db, chosen(), vendor="Webex Calling")


def marked(db: Connection) -> None:
    operations.mark_utility(db, chosen(), usage="CTI_RoutePoint")


def unassigned(db: Connection) -> None:
    operations.unassign(db, chosen())


def unassigned_with_cooling_on(db: Connection) -> None:
    a_macro(db, "number_inventory_cooling_enabled", 1, hierarchy="sys", set_by="me", valid_from=DUE)
    operations.unassign(db, chosen())


def reserved(db: Connection) -> None:
    operations.reserve(db, chosen(), days=3, notes="for Bob")


def unreserved(db: Connection) -> None:
    operations.unreserve(db, chosen())


def cooled_by_hand(db: Connection) -> None:
    operations.cool(db, chosen())


def cooling_ended(db: Connection) -> None:
    operations.end_cooling(db, chosen())


def deleted(db: Connection) -> None:
    operations.delete(db, chosen())


def added(db: Connection) -> None:
    with suppress(Refused):
        a_node(db)
    operations.add(db, chosen())


# What is not named keeps the number as it is; for what people do, it is refused.
OUTCOMES: dict[Event, dict[str, Any]] = {
    present: dict.fromkeys(
        [
            "no row", "Available", "Cooling", "Cooling, due", "Reserved", "Reserved, over",
            "Used by AudioCodes",
        ],
        DEVICE,
    ),
    absent: {"Used by AudioCodes": COOLING},
    absent_with_no_days: {"Used by AudioCodes": AVAILABLE},
    released: {"Cooling, due": AVAILABLE, "Reserved, over": AVAILABLE},
    assigned: {"Available": SUBSCRIBER},
    marked: {"Available": UTILITY},
    unassigned: {"Used by a subscriber": AVAILABLE, "Used-Utility": AVAILABLE},
    unassigned_with_cooling_on: {"Used by a subscriber": COOLING, "Used-Utility": COOLING},
    reserved: {"Available": RESERVED},
    unreserved: {"Reserved": AVAILABLE, "Reserved, over": AVAILABLE},
    cooled_by_hand: {"Available": COOLING},
    cooling_ended: {"Cooling": AVAILABLE, "Cooling, due": AVAILABLE},
    deleted: {"Available": GONE},
    added: {"no row": AVAILABLE},
}  # fmt: skip
BY_THE_SYSTEM = (present, absent, absent_with_no_days, released, added)


def read(db: Connection) -> dict[str, Any] | None:
    count = db.execute(
        text("SELECT count(*) FROM numbers.number WHERE internal_number = :n"), {"n": NUMBER}
    ).scalar_one()
    return row(db, NUMBER) if count else None


def triple(fields: dict[str, Any] | None) -> Any:
    return GONE if fields is None else (fields["status"], fields["usage"], fields["vendor"])


@pytest.mark.parametrize("event", OUTCOMES, ids=lambda event: event.__name__)
@pytest.mark.parametrize("state", STATES)
def test_the_state_machine(db: Connection, state: str, event: Event) -> None:
    STATES[state](db)
    before = read(db)
    default = UNCHANGED if event in BY_THE_SYSTEM else REFUSED
    outcome = OUTCOMES[event].get(state, default)
    if outcome == REFUSED:
        with pytest.raises(Refused):
            event(db)
    else:
        event(db)
    after = read(db)
    if outcome in (UNCHANGED, REFUSED):
        assert after == before
        assert events(db, NUMBER) == []
    else:
        assert triple(after) == outcome
        assert_the_fields_fit(after)
        assert_the_event_tells(db, before, after)


def assert_the_fields_fit(after: dict[str, Any] | None) -> None:
    """What each status brings with it."""
    if after is None:
        return
    assert (after["tag"] is not None) == (after["status"] == "Cooling")
    assert (after["release_date"] is not None) == (after["status"] in ("Cooling", "Reserved"))
    if after["status"] == "Available":
        assert (after["description"], after["reservation_notes"]) == (None, None)


def assert_the_event_tells(
    db: Connection, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    """One event, from what was to what is, by whom."""
    told = events(db, NUMBER)
    if triple(before) == triple(after):
        assert told == []
        return
    (event,) = told
    blank = (None, None, None)
    came_from = blank if before is None else triple(before)
    went_to = blank if after is None else triple(after)
    assert tuple(event[f"from_{name}"] for name in ("status", "usage", "vendor")) == came_from
    assert tuple(event[f"to_{name}"] for name in ("status", "usage", "vendor")) == went_to
    assert event["actor"] == "tester"
    assert event["as_of"] == NOON


def test_release_clears_the_description_and_keeps_the_extras(db: Connection) -> None:
    STATES["Cooling, due"](db)
    released(db)
    after = row(db, NUMBER)
    assert (after["description"], after["extra"]) == (None, {"extra1": "kept"})


def test_a_reservation_overridden_keeps_its_notes_in_the_history(db: Connection) -> None:
    STATES["Reserved"](db)
    present(db)
    (event,) = events(db, NUMBER)
    assert event["cause"] == "override"
    assert event["detail"]["reservation_notes"] == "for Sue"


def test_cooling_lasts_full_days_from_the_list_that_first_lacked_the_number(db: Connection) -> None:
    synced(db, [NUMBER])
    synced(db, [], NOON + DAY)
    after = row(db, NUMBER)
    assert after["release_date"] == NOON + 3 * DAY
    assert after["tag"] == "Cooling for 2 days, until 2026-11-05 12:00 UTC"


def test_a_release_date_never_moves_out(db: Connection) -> None:
    synced(db, [NUMBER])
    synced(db, [], NOON + DAY)
    synced(db, [], NOON + 2 * DAY)
    assert row(db, NUMBER)["release_date"] == NOON + 3 * DAY


def test_a_number_seen_again_while_cooling_is_used_again(db: Connection) -> None:
    synced(db, [NUMBER])
    synced(db, [], NOON + DAY)
    synced(db, [NUMBER], NOON + 2 * DAY)
    after = row(db, NUMBER)
    assert triple(after) == DEVICE
    assert (after["tag"], after["release_date"]) == (None, None)
    assert [event["cause"] for event in events(db, NUMBER)] == ["create", "cool", "reactivate"]


def test_a_whole_life(db: Connection) -> None:
    STATES["Available"](db)
    synced(db, [NUMBER])
    synced(db, [], NOON + DAY)
    synced(db, [], NOON + 3 * DAY)
    releases.release(db, as_of=NOON + 3 * DAY, actor=ME)
    after = row(db, NUMBER)
    assert (triple(after), after["extra"]) == (AVAILABLE, {"extra1": "kept"})
    assert [event["cause"] for event in events(db, NUMBER)] == ["claim", "cool", "release"]


def test_history_cannot_be_rewritten(db: Connection) -> None:
    present(db)
    with pytest.raises(Exception, match="append-only"):
        db.execute(text("UPDATE numbers.number_event SET actor = 'nobody'"))
