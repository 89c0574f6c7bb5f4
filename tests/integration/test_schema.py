"""The schema is made once, however many make it, and it holds the invariants."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from include.inventory import database, schema
from tests.integration.factories import NOON, a_connection, a_number, observed


def migrated(address: str) -> str:
    with database.transaction(address) as db:
        return schema.upgrade(db)


def test_two_processes_may_migrate_at_once(server: Engine) -> None:
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE empty_inventory"))
    address = database.embedded_url("empty_inventory")
    with ThreadPoolExecutor(4) as pool:
        revisions = list(pool.map(migrated, [address] * 4))
    assert revisions == ["0009"] * 4
    with database.transaction(address) as db:
        assert db.execute(text("SELECT count(*) FROM numbers.number")).scalar_one() == 0


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("number_status_is_known", {"status": "Lost"}),
        ("number_unused_has_no_user", {"vendor": "AudioCodes"}),
        ("number_unused_has_no_user", {"status": "Reserved", "usage": "User"}),
        ("number_release_date_fits_status", {"status": "Cooling"}),
        ("number_release_date_fits_status", {"release_date": NOON}),
        ("number_blank_is_null", {"status": "Used", "usage": ""}),
    ],
)
def test_a_row_that_breaks_an_invariant_is_refused(
    db: Connection, constraint: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError, match=constraint), db.begin_nested():
        a_number(db, **fields)


def test_a_number_stands_once_at_a_node(db: Connection) -> None:
    a_number(db)
    with pytest.raises(IntegrityError, match="number_is_unique"), db.begin_nested():
        a_number(db)


def test_a_number_is_online_once_at_a_place(db: Connection) -> None:
    observed(db, a_connection(db), NOON, ["1001"])
    again = text(
        "INSERT INTO numbers.presence (internal_number, place_id, active, online_from, aor, key) "
        "SELECT internal_number, place_id, active, online_from + interval '1 day', aor, key "
        "FROM numbers.presence"
    )
    with pytest.raises(IntegrityError, match="presence_open"), db.begin_nested():
        db.execute(again)
