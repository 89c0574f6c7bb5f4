"""The timeline is the same whatever order lists arrive in."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from include.inventory.errors import Refused
from include.inventory.snapshots import land
from include.inventory.timeline import observe
from tests.integration.factories import NOON, a_connection, a_user, landed, observed

Key = tuple[str, str, bool]
Interval = tuple[datetime, datetime | None]
Truth = Mapping[datetime, set[Key]]

NUMBERS = [f"10{digit:02}" for digit in range(6)]
NODES = ["SBC-1", "SBC-2"]


def timeline(db: Connection) -> dict[Key, list[Interval]]:
    """What the database holds: the intervals of each number, node and activity."""
    rows = db.execute(
        text(
            "SELECT internal_number, node, active, online_from, online_to FROM numbers.presence "
            "INNER JOIN numbers.place USING (place_id) ORDER BY online_from"
        )
    )
    found: dict[Key, list[Interval]] = {}
    for number, node, active, online_from, online_to in rows:
        found.setdefault((number, node, active), []).append((online_from, online_to))
    return found


def replayed(truth: Truth) -> dict[Key, list[Interval]]:
    """The same worked out naively: go through the lists in order, open and close."""
    found: dict[Key, list[Interval]] = {}
    online: dict[Key, datetime] = {}
    for instant in sorted(truth):
        for key in sorted(online.keys() - truth[instant]):
            found.setdefault(key, []).append((online.pop(key), instant))
        for key in truth[instant] - online.keys():
            online[key] = instant
    for key, since in online.items():
        found.setdefault(key, []).append((since, None))
    return {key: sorted(intervals, key=lambda each: each[0]) for key, intervals in found.items()}


def a_history(dice: random.Random) -> dict[datetime, set[Key]]:
    keys = [
        (number, node, active) for number in NUMBERS for node in NODES for active in (True, False)
    ]
    days = range(dice.randint(1, 7))
    return {
        NOON + timedelta(days=day): {key for key in keys if dice.random() < 0.4} for day in days
    }


@pytest.mark.parametrize("seed", range(25))
def test_lists_in_any_order_and_repeated_end_in_one_timeline(db: Connection, seed: int) -> None:
    dice = random.Random(seed)
    config = a_connection(db)
    truth = a_history(dice)
    snapshots = [
        landed(
            config, instant, [a_user(n, nodeName=node, active=active) for n, node, active in keys]
        )
        for instant, keys in truth.items()
    ]
    dice.shuffle(snapshots)
    for snapshot in [*snapshots, dice.choice(snapshots)]:
        observe(db, snapshot)
    assert timeline(db) == replayed(truth)


def test_a_number_is_online_until_the_first_list_that_lacks_it(db: Connection) -> None:
    config = a_connection(db)
    observed(db, config, NOON, ["1001", "1002"])
    observed(db, config, NOON + timedelta(days=1), ["1002"])
    assert timeline(db) == {
        ("1001", "SBC-1", True): [(NOON, NOON + timedelta(days=1))],
        ("1002", "SBC-1", True): [(NOON, None)],
    }


def test_the_same_list_again_changes_nothing(db: Connection) -> None:
    config = a_connection(db)
    first = observed(db, config, NOON, ["1001", "1002"])
    again = observed(db, config, NOON, ["1002", "1001"])
    assert (again.snapshot_id, again.known, again.began, again.ended) == (
        first.snapshot_id, True, 0, 0,
    )  # fmt: skip


def test_another_list_for_the_same_instant_is_refused(db: Connection) -> None:
    config = a_connection(db)
    observed(db, config, NOON, ["1001", "1002"])
    with pytest.raises(Refused, match="already has another list"):
        observed(db, config, NOON, ["1001", "1003"])


def test_another_list_is_refused_when_it_is_landed_too(db: Connection, tmp_path) -> None:
    config = a_connection(db)
    landed(config, NOON, ["1001"], storage=tmp_path)
    with pytest.raises(Refused, match="already has another list"):
        landed(config, NOON, ["1002"], storage=tmp_path)
    assert len(list(tmp_path.rglob("*.parquet"))) == 1


def test_a_list_that_breaks_off_is_not_landed(db: Connection, tmp_path) -> None:
    config = a_connection(db)

    def broken():
        yield from ()
        raise ConnectionResetError("cut")

    with pytest.raises(ConnectionResetError):
        land(tmp_path, config, NOON, broken())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_late_list_does_not_touch_what_is_online_now(db: Connection) -> None:
    config = a_connection(db)
    observed(db, config, NOON, ["1001"])
    observed(db, config, NOON + timedelta(days=2), ["1001"])
    late = observed(db, config, NOON + timedelta(days=1), ["1002"])
    assert not late.newest
    assert timeline(db) == {
        ("1001", "SBC-1", True): [
            (NOON, NOON + timedelta(days=1)),
            (NOON + timedelta(days=2), None),
        ],
        ("1002", "SBC-1", True): [(NOON + timedelta(days=1), NOON + timedelta(days=2))],
    }


def test_two_connections_have_timelines_of_their_own(db: Connection) -> None:
    one, other = a_connection(db, "one"), a_connection(db, "other")
    observed(db, one, NOON, ["1001"])
    observed(db, other, NOON, ["1002"])
    observed(db, other, NOON + timedelta(days=1), [])
    assert timeline(db)[("1001", "SBC-1", True)] == [(NOON, None)]


def test_several_contacts_of_one_number_count_once(db: Connection) -> None:
    config = a_connection(db)
    users = [a_user("1001", contact=f"<sip:1001@10.0.0.{host}>") for host in range(3)]
    assert observed(db, config, NOON, users).began == 1


def test_a_snapshot_counts_the_numbers_of_each_node(db: Connection) -> None:
    config = a_connection(db)
    observed(db, config, NOON, [a_user("1001"), a_user("1002", nodeName="SBC-2"), a_user("Sue")])
    counts, rejected = db.execute(text("SELECT node_counts, rejected FROM numbers.snapshot")).one()
    assert (counts, rejected) == ({"SBC-1": 1, "SBC-2": 1}, 1)
