"""A CSV file: what is right in it is imported, what is wrong is listed with its line and reason."""

import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from include.inventory import database, imports
from include.inventory.errors import BadInput, Interrupted
from include.inventory.events import Actor
from include.inventory.imports import Imported, Rejection
from tests.integration.factories import NOON, SITE, a_cooling_number, a_number, events, row

ACTOR = Actor("terminal:ann")
Importing = Callable[..., Imported]
HEADER = "internal_number,hierarchy,status,usage,vendor,tag,release_date"


@pytest.fixture
def importing(db: Connection, tmp_path: Path) -> Importing:
    """Import lines, or bytes, as a file."""

    def run(*lines: str, content: bytes = b"") -> Imported:
        file = tmp_path / "numbers.csv"
        file.write_bytes(content or "\n".join(lines).encode())
        return imports.import_csv(db, file, actor=ACTOR, as_of=NOON)

    return run


def stored(db: Connection) -> list[str]:
    """Every number of the inventory."""
    rows = db.execute(text("SELECT internal_number FROM numbers.number ORDER BY 1"))
    return list(rows.scalars())


def test_every_field_of_a_number_is_imported(db: Connection, importing: Importing) -> None:
    done = importing(
        "extra2,reservation_notes,e164_number,description,release_date,tag,vendor,usage,status,"
        "hierarchy,internal_number,extra10",
        f'x,,+442079460123,"Hall, ""north""",,old,Microsoft,User,Used,{SITE},1001,',
        f",for Zoë,,,2026-12-01,,,,Reserved,{SITE},*55#,y",
    )
    assert done == Imported(imported=2)
    used, reserved = row(db, "1001"), row(db, "*55#")
    del used["number_id"]
    assert used == {
        "internal_number": "1001",
        "hierarchy": SITE,
        "status": "Used",
        "usage": "User",
        "vendor": "Microsoft",
        "tag": "old",
        "release_date": None,
        "description": 'Hall, "north"',
        "e164_number": "+442079460123",
        "reservation_notes": None,
        "extra": {"extra2": "x"},
    }
    assert reserved["release_date"] == datetime(2026, 12, 1, tzinfo=UTC)
    assert (reserved["reservation_notes"], reserved["extra"]) == ("for Zoë", {"extra10": "y"})


def test_a_number_without_a_status_is_available(db: Connection, importing: Importing) -> None:
    importing("internal_number,hierarchy", f"0011,{SITE}")
    assert row(db, "0011")["status"] == "Available"


def test_every_new_number_has_its_event(db: Connection, importing: Importing) -> None:
    importing(HEADER, f"1001,{SITE},Used,User,Microsoft,,")
    [event] = events(db, "1001")
    assert (event["cause"], event["actor"], event["as_of"]) == ("import", "terminal:ann", NOON)
    assert (event["from_status"], event["to_status"], event["to_usage"]) == (None, "Used", "User")


def test_a_cooling_number_without_a_tag_gets_one(db: Connection, importing: Importing) -> None:
    importing(HEADER, f"1001,{SITE},Cooling,,,,2026-11-04T11:00")
    assert row(db, "1001")["tag"] == "Cooling for 2 days, until 2026-11-04 11:00 UTC"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1001,sys.a,Idle,,,,", "status 'Idle' is none of Available, Used"),
        ("10-01,sys.a,,,,,", "internal_number '10-01' is none"),
        ("+0123456,sys.a,,,,,", "internal_number '+0123456' is none"),
        ("1234567890123456,sys.a,,,,,", "internal_number '1234567890123456' is none"),
        (",sys.a,,,,,", "internal_number (blank) is none"),
        ("1001,sys..a,,,,,", "hierarchy 'sys..a' is no node"),
        ("1001,,,,,,", "hierarchy (blank) is no node"),
        ("1001,sys.a,Available,User,,,", "Available has neither usage nor vendor"),
        ("1001,sys.a,Reserved,,Microsoft,,", "Reserved has neither usage nor vendor"),
        ("1001,sys.a,Cooling,,AudioCodes,,2026-12-01", "Cooling has neither usage nor vendor"),
        ("1001,sys.a,Cooling,,,,", "Cooling has a release_date"),
        ("1001,sys.a,Available,,,note,", "Available has no tag"),
        ("1001,sys.a,Used,User,,,2026-12-01", "Used has no release_date"),
        ("1001,sys.a,Cooling,,,,01/12/2026", "release_date '01/12/2026' is no instant"),
        ("1001,sys.a,Cooling,,,,0001-01-01T00:00+14:00", "is no instant"),
        ("1001,sys.a", "has 2 columns instead of 7"),
        ("1001,sys.a,,,,,,", "has 8 columns instead of 7"),
        ("1001,sys.a,Used,User,\x00,,", "is not UTF-8 text"),
    ],
)
def test_a_row_that_is_wrong_is_rejected_with_its_reason(
    db: Connection, importing: Importing, line: str, reason: str
) -> None:
    done = importing(HEADER, f"1000,{SITE},,,,,", line, f"1002,{SITE},,,,,")
    [rejection] = done.rejected
    assert (done.imported, rejection.line) == (2, 3)
    assert reason in rejection.reason
    assert stored(db) == ["1000", "1002"]


def test_a_line_that_is_not_utf8_costs_that_line_only(db: Connection, importing: Importing) -> None:
    header = b"internal_number,hierarchy,description\n"
    good = "1001,sys.a,Zoë\n".encode()
    done = importing(content=header + good + b"1002,sys.a,Zo\xeb\n" + b"1003,sys.a,\n")
    assert done == Imported(imported=2, rejected=[Rejection(3, "is not UTF-8 text")])


def test_lines_are_counted_as_an_editor_counts_them(importing: Importing) -> None:
    done = importing(
        "internal_number,hierarchy,description",
        '1001,sys.a,"two',
        'lines"',
        "",
        "bad,sys.a,",
    )
    assert (done.imported, [rejection.line for rejection in done.rejected]) == (1, [5])


def test_a_description_may_look_like_the_end_of_a_copy(
    db: Connection, importing: Importing
) -> None:
    importing("internal_number,hierarchy,description", '1001,sys.a,"a', "\\.", 'b\t\\N"')
    assert row(db, "1001")["description"] == "a\n\\.\nb\t\\N"


def test_a_quote_that_is_never_closed_costs_its_own_line_only(
    db: Connection, importing: Importing
) -> None:
    done = importing(
        "internal_number,hierarchy,description",
        '1001,sys.a,"Hall',
        "1002,sys.a,",
        "1003,sys.a,plain",
    )
    assert [rejection.line for rejection in done.rejected] == [2]
    assert stored(db) == ["1002", "1003"]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_any_line_ending_and_a_byte_order_mark_are_understood(
    importing: Importing, end: str
) -> None:
    content = f"\ufeffinternal_number,hierarchy{end}1001,sys.a{end}x,sys.a{end}".encode()
    done = importing(content=content)
    assert (done.imported, [rejection.line for rejection in done.rejected]) == (1, [3])


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("internal_number,status", "the column hierarchy is missing"),
        ("internal_number,hierarchy,colour", "there is no column 'colour'"),
        ("internal_number,hierarchy,extra", "there is no column 'extra'"),
        ("internal_number;hierarchy", "there is no column 'internal_number;hierarchy'"),
        ("internal_number,hierarchy,hierarchy", "the column hierarchy stands there twice"),
        ("internal_number,hierarchy,", "there is no column (blank)"),
    ],
)
def test_a_wrong_header_is_rejected_and_nothing_imported(
    db: Connection, importing: Importing, header: str, reason: str
) -> None:
    [rejection] = importing(header, "1001,sys.a,").rejected
    assert rejection.line == 1
    assert reason in rejection.reason
    assert stored(db) == []


@pytest.mark.parametrize(
    "content",
    [
        "internal_number,hierarchy\n1001,sys.a\n".encode("utf-16"),
        b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)) * 2000,
        b'"' + b"x" * 300_000,
    ],
)
def test_a_file_that_is_no_csv_is_rejected_on_line_1(importing: Importing, content: bytes) -> None:
    done = importing(content=content)
    assert (done.imported, [rejection.line for rejection in done.rejected]) == (0, [1])


@pytest.mark.parametrize("content", [b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_bad_input(importing: Importing, content: bytes) -> None:
    with pytest.raises(BadInput, match="is empty"):
        importing(content=content)


def test_a_file_that_cannot_be_opened_is_bad_input(db: Connection, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.csv cannot be read"):
        imports.import_csv(db, tmp_path / "nowhere.csv", actor=ACTOR)


@pytest.mark.parametrize("second", ["sys.a.x", "sys.a", "sys.a.x.desk"])
def test_the_same_digits_at_a_related_node_are_a_duplicate(
    db: Connection, importing: Importing, second: str
) -> None:
    done = importing("internal_number,hierarchy", "1001,sys.a.x", f"1001,{second}")
    assert done.rejected == [Rejection(3, "1001 is on line 2 already, at a related node")]
    assert row(db, "1001")["hierarchy"] == "sys.a.x"


@pytest.mark.parametrize("second", ["sys.b", "sys.a.xy", "sys.a.y"])
def test_the_same_digits_at_another_site_are_another_number(
    importing: Importing, second: str
) -> None:
    done = importing("internal_number,hierarchy", "1001,sys.a.x", f"1001,{second}")
    assert done == Imported(imported=2)


def test_a_rejected_duplicate_makes_no_duplicates(importing: Importing) -> None:
    done = importing("internal_number,hierarchy", "1001,sys.a.x", "1001,sys.a", "1001,sys.a.y")
    assert (done.imported, [rejection.line for rejection in done.rejected]) == (2, [3])


def test_importing_a_file_again_changes_nothing(db: Connection, importing: Importing) -> None:
    lines = [
        f"{HEADER},description,extra1",
        f"1001,{SITE},Used,User,Microsoft,,,Hall,x",
        f"1002,{SITE},Cooling,,,,2026-12-01,,",
        f"1003,{SITE},,,,,,,",
    ]
    assert importing(*lines) == Imported(imported=3)
    assert importing(*lines) == Imported(existing=3)
    assert len(events(db, "1001")) == 1


@pytest.mark.parametrize(
    ("columns", "cells", "reason"),
    [
        ("status,usage", "Used,User", "status Available, usage blank"),
        ("description", "Lobby", "description Hall"),
        ("extra1", "", "extra1 x"),
        ("extra2", "z", "extra2 blank"),
    ],
)
def test_what_the_inventory_has_otherwise_is_rejected(
    db: Connection, importing: Importing, columns: str, cells: str, reason: str
) -> None:
    a_number(db, "1001", description="Hall", extra={"extra1": "x"})
    done = importing(f"internal_number,hierarchy,{columns}", f"1001,{SITE},{cells}")
    assert done.rejected == [Rejection(2, f"the inventory has it with other values: {reason}")]


@pytest.mark.parametrize("node", ["sys.hcs", f"{SITE}.desk"])
def test_what_the_inventory_has_at_a_related_node_is_rejected(
    db: Connection, importing: Importing, node: str
) -> None:
    a_number(db, "1001")
    a_number(db, "1002", hierarchy="sys.other")
    done = importing("internal_number,hierarchy", f"1001,{node}", f"1002,{SITE}")
    reason = f"the inventory has it at the related node {SITE}"
    assert done == Imported(imported=1, rejected=[Rejection(2, reason)])


def test_a_column_that_the_file_lacks_says_nothing_of_a_number(
    db: Connection, importing: Importing
) -> None:
    a_cooling_number(db, "1001", until=NOON)
    assert importing("internal_number,hierarchy", f"1001,{SITE}") == Imported(existing=1)
    assert row(db, "1001")["status"] == "Cooling"


def test_memory_does_not_grow_with_the_file(importing: Importing) -> None:
    def peak(rows: int) -> int:
        content = "\n".join([HEADER, *(f"{rows}{line:06},{SITE},,,,," for line in range(rows))])
        tracemalloc.start()
        done = importing(content=content.encode())
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert done.imported == rows
        return most

    peak(10)
    assert peak(40_000) < peak(2_000) + 2 * 10**6


def test_numbers_added_meanwhile_undo_an_import_as_a_whole(
    database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("internal_number,hierarchy\n1001,sys.a\n1002,sys.a\n")

    def run() -> None:
        with database.transaction() as db:
            imports.import_csv(db, file, actor=ACTOR)

    with ThreadPoolExecutor() as pool:
        with database.transaction() as other:
            a_number(other, "1002", hierarchy="sys.a")
            importing = pool.submit(run)
            while not other.execute(text("SELECT 1 FROM pg_locks WHERE NOT granted")).scalar():
                assert not importing.done()
        with pytest.raises(Interrupted, match="nothing was imported: run it again"):
            importing.result()
    with database.transaction() as db:
        assert stored(db) == ["1002"]
