"""A number is released only on evidence: complete, confirmed absence since its release date."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

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
    a_number,
    a_used_number,
    a_user,
    events,
    observed,
    purged,
    row,
)

DAY = timedelta(days=1)
ME = Actor("tester")
NUMBER = "+442079460123"
OTHERS = [f"+4420794602{digit:02}" for digit in range(20)]


def synced(db: Connection, users: list, day: float, name: str = "lab") -> plans.Plan:
    config = a_connection(db, name)
    observed(db, config, NOON + day * DAY, users)
    plan = plans.compute(db, name)
    plans.apply(db, plan.plan, actor=ME)
    return plan


def released(db: Connection, day: float) -> releases.Released:
    return releases.release(db, as_of=NOON + day * DAY, actor=ME)


def status(db: Connection, number: str = NUMBER) -> str:
    return row(db, number)["status"]


def test_a_number_is_released_when_its_date_is_reached(db: Connection) -> None:
    synced(db, [*OTHERS, NUMBER], 0)
    synced(db, OTHERS, 1)
    synced(db, OTHERS, 3)
    assert released(db, 2.999).released == 0
    assert released(db, 3).released == 1
    assert status(db) == "Available"


def test_an_outage_delays_a_release_and_never_causes_one(db: Connection) -> None:
    synced(db, [*OTHERS, NUMBER], 0)
    synced(db, OTHERS, 1)
    synced(db, OTHERS, 2.9)
    late = released(db, 9)
    assert (late.released, late.kept) == (0, {"absence not confirmed": 1})
    synced(db, OTHERS, 9)
    assert released(db, 9).released == 1


def test_every_connection_that_ever_listed_it_must_have_been_read(db: Connection) -> None:
    synced(db, [*OTHERS, NUMBER], 0, "one")
    synced(db, [*OTHERS, NUMBER], 0, "other")
    synced(db, OTHERS, 1, "one")
    synced(db, OTHERS, 1, "other")
    synced(db, OTHERS, 4, "one")
    assert released(db, 4).released == 0
    synced(db, OTHERS, 4, "other")
    assert released(db, 4).released == 1


def test_a_number_listed_again_is_not_released_before_its_plan_is_applied(db: Connection) -> None:
    synced(db, [*OTHERS, NUMBER], 0)
    synced(db, OTHERS, 1)
    observed(db, a_connection(db), NOON + 3 * DAY, [*OTHERS, NUMBER])
    kept = released(db, 3)
    assert (kept.released, kept.kept) == (0, {"online": 1})


def test_a_registration_that_is_not_active_keeps_a_cooling_number(db: Connection) -> None:
    synced(db, [*OTHERS, NUMBER], 0)
    synced(db, OTHERS, 1)
    synced(db, [*OTHERS, a_user(NUMBER, active=False)], 3)
    assert released(db, 3).released == 0
    assert status(db) == "Cooling"


def test_an_empty_list_is_no_evidence(db: Connection) -> None:
    synced(db, [*OTHERS, NUMBER], 0)
    synced(db, OTHERS, 1)
    observed(db, a_connection(db), NOON + 3 * DAY, [])
    kept = released(db, 3)
    assert (kept.released, kept.kept) == (0, {"in a hold": 1})


def test_a_node_that_went_dark_freezes_its_releases(db: Connection) -> None:
    dark = [a_user(f"20{digit:02}", nodeName="SBC-2") for digit in range(5)]
    synced(db, [*OTHERS, NUMBER, *dark], 0)
    synced(db, [*OTHERS, *dark[1:]], 1)
    plan = synced(db, OTHERS, 3)
    assert plan.withheld == {"cool": 4}
    assert released(db, 3).kept == {"in a hold": 2}
    assert (status(db), status(db, "2000")) == ("Cooling", "Cooling")
    synced(db, [*OTHERS, *dark[1:]], 4)
    assert released(db, 4).kept == {"resting after a hold": 2}  # it may be registering right now
    synced(db, [*OTHERS, *dark[1:]], 6)
    assert released(db, 6).released == 2


def test_absence_in_a_hold_is_no_evidence_of_absence(db: Connection) -> None:
    dark = [a_user(f"20{digit:02}", nodeName="SBC-2") for digit in range(20)]
    synced(db, [*OTHERS, *dark], 0)
    synced(db, OTHERS, 1)
    synced(db, [*OTHERS, *dark[1:]], 9)
    assert row(db, "2000")["release_date"] == NOON + 11 * DAY
    assert released(db, 9).released == 0


def test_no_days_wait_for_fresh_evidence_of_the_other_connection(db: Connection) -> None:
    a_macro(db, "audiocodes_cooling_duration", 0, hierarchy="sys", set_by="me", valid_from=NOON)
    synced(db, [*OTHERS, NUMBER], 0, "one")
    synced(db, [*OTHERS, NUMBER], 0, "other")
    synced(db, OTHERS, 1, "one")
    synced(db, OTHERS, 2, "other")
    assert status(db) == "Cooling"
    assert released(db, 2).released == 0
    synced(db, OTHERS, 3, "one")
    assert released(db, 3).released == 1


def test_a_purge_stands_in_for_the_evidence_and_still_cools(db: Connection) -> None:
    synced(db, [*OTHERS, NUMBER], 0)
    applied = purged(db, "lab", NOON + DAY, Actor("Ada"))
    assert applied.changed == {"cool": 21}
    assert released(db, 2).released == 0
    assert released(db, 3).released == 21
    assert events(db, NUMBER)[1]["actor"] == "Ada"


def test_a_purge_frees_nothing_at_once(db: Connection) -> None:
    a_macro(db, "audiocodes_cooling_duration", 0, hierarchy="sys", set_by="me", valid_from=NOON)
    synced(db, [*OTHERS, NUMBER], 0)
    purged(db, "lab", NOON + DAY, ME)
    assert status(db) == "Cooling"
    assert released(db, 1).released == 21


def test_a_purge_of_a_connection_that_has_been_read_since_is_refused(db: Connection) -> None:
    synced(db, [*OTHERS, NUMBER], 1)
    with pytest.raises(Refused, match="purge it anew"):
        purged(db, "lab", NOON + DAY, ME)


def test_a_connection_read_after_its_purge_is_evidence_again(db: Connection) -> None:
    synced(db, [*OTHERS, NUMBER], 0)
    purged(db, "lab", NOON + DAY, ME)
    synced(db, [NUMBER], 2)
    assert status(db) == "Used"
    assert released(db, 4).released == 0


def test_standard_cooling_needs_no_evidence_of_connections_that_never_listed_it(
    db: Connection,
) -> None:
    synced(db, OTHERS, 0)
    a_cooling_number(db, until=NOON + DAY)
    assert released(db, 1).released == 1


@pytest.mark.parametrize("operation", [operations.end_cooling, operations.delete])
def test_nobody_frees_by_hand_what_is_listed_online(db: Connection, operation) -> None:
    start = "Cooling" if operation is operations.end_cooling else "Available"
    release_date = NOON + 9 * DAY if start == "Cooling" else None
    a_number(db, status=start, release_date=release_date, tag="x" if release_date else None)
    observed(db, a_connection(db), NOON, [*OTHERS, NUMBER])
    with pytest.raises(Refused, match="in use by a registered device"):
        operation(db, Selection([NUMBER], SITE, NOON, ME))


def test_a_number_listed_online_is_not_assigned(db: Connection) -> None:
    a_number(db)
    observed(db, a_connection(db), NOON, [*OTHERS, NUMBER])
    with pytest.raises(Refused, match="in use by a registered device"):
        operations.assign(db, Selection([NUMBER], SITE, NOON, ME), vendor="Microsoft")


def test_a_subscriber_who_leaves_does_not_free_what_a_device_uses(db: Connection) -> None:
    a_number(db, status="Used", usage="User", vendor="Microsoft")
    observed(db, a_connection(db), NOON, [*OTHERS, NUMBER])
    operations.unassign(db, Selection([NUMBER], SITE, NOON, ME))
    after = row(db)
    assert (after["status"], after["usage"], after["vendor"]) == ("Used", "Device", "AudioCodes")


def test_a_number_nobody_lists_waits_until_every_connection_has_been_read(db: Connection) -> None:
    a_used_number(db)
    a_connection(db, "other")
    synced(db, OTHERS, 0, "one")
    assert status(db) == "Used"
    synced(db, OTHERS, 0, "other")
    assert status(db) == "Cooling"


def test_a_device_s_number_that_no_list_ever_had_is_not_released_in_an_outage(
    db: Connection,
) -> None:
    a_used_number(db)
    synced(db, OTHERS, 0)
    assert status(db) == "Cooling"
    assert released(db, 3).kept == {"absence not confirmed": 1}
    synced(db, OTHERS, 3)
    assert released(db, 3).released == 1
