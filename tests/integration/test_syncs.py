"""What is landed is used again; ARM is asked about now only, and never about the past."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from include.arm import Incomplete
from include.inventory import snapshots, syncs, timeline
from include.inventory.connections import ConnectionConfig
from include.inventory.errors import NothingLanded
from include.inventory.snapshots import Snapshot
from tests.fake_arm import frame
from tests.integration.factories import NOON, a_connection, a_user

LAB = ConnectionConfig(name="lab", conn_id="lab", hierarchy="sys.a")


def a_list(*aors: str) -> syncs.Read:
    """What reads these users; its evidence is complete after the last page."""

    def read(land: syncs.Land) -> Snapshot:
        evidence: dict[str, int] = {}

        def pages():
            for aor in aors:
                yield frame([a_user(aor)])
                evidence["pages"] = evidence.get("pages", 0) + 1

        return land(pages(), evidence)

    return read


def nobody_asks(land: syncs.Land) -> Snapshot:
    pytest.fail("ARM was asked")


def test_a_list_of_now_is_read_and_landed(tmp_path: Path) -> None:
    snapshot = syncs.obtain(tmp_path, LAB, NOON, read=a_list("1001", "1002"), now=NOON)
    assert (snapshot.registered_users, snapshot.evidence) == (2, {"pages": 2})
    assert snapshots.landed(tmp_path, "lab", NOON) == snapshot


def test_a_landed_list_is_used_again_however_old(tmp_path: Path) -> None:
    first = syncs.obtain(tmp_path, LAB, NOON, read=a_list("1001"), now=NOON)
    later = NOON + timedelta(days=300)
    assert syncs.obtain(tmp_path, LAB, NOON, read=nobody_asks, now=later) == first


@pytest.mark.parametrize("age", [timedelta(hours=1), timedelta(0), timedelta(minutes=-5)])
def test_an_instant_within_reach_of_now_is_now(tmp_path: Path, age: timedelta) -> None:
    assert syncs.obtain(tmp_path, LAB, NOON, read=a_list("1001"), now=NOON + age)


@pytest.mark.parametrize(
    ("age", "live_within", "reason"),
    [
        (timedelta(hours=1, seconds=1), timedelta(hours=1), "ARM keeps no history: no list of lab"),
        (timedelta(seconds=1), timedelta(0), "it cannot be asked about the past"),
        (timedelta(minutes=-6), timedelta(hours=1), "which is yet to come"),
    ],
)
def test_arm_is_never_asked_about_another_time(
    tmp_path: Path, age: timedelta, live_within: timedelta, reason: str
) -> None:
    with pytest.raises(NothingLanded, match=reason):
        syncs.obtain(tmp_path, LAB, NOON, read=nobody_asks, now=NOON + age, live_within=live_within)


def test_a_list_that_breaks_off_is_not_landed(tmp_path: Path) -> None:
    def broken(land: syncs.Land) -> Snapshot:
        def pages():
            yield frame([a_user("1001")])
            raise Incomplete("the rest is missing")

        return land(pages(), {})

    with pytest.raises(Incomplete):
        syncs.obtain(tmp_path, LAB, NOON, read=broken, now=NOON)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_storage_may_be_an_object_store(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBER_INVENTORY_STORAGE", "memory://bucket/inventory")
    config = a_connection(db)
    syncs.obtain(syncs.storage(), config, NOON, read=a_list("1001"), now=NOON)
    snapshot = snapshots.landed(syncs.storage(), "lab", NOON)
    assert snapshot is not None
    assert snapshot.path.startswith("memory://")
    assert timeline.observe(db, snapshot, syncs.location(snapshot)).began == 1
