"""A file: all of it is imported, or what is right in it; what is wrong is listed with its place."""

import csv
import dataclasses
import io
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from include.inventory import database, fields, hierarchies, imports, sheets, spreadsheets
from include.inventory.errors import BadInput, Interrupted
from include.inventory.events import Actor
from include.inventory.imports import Imported, Rejection
from include.inventory.status import Status
from tests.integration.factories import NOON, SITE, a_cooling_number, a_number, events, row

ACTOR = Actor("terminal:ann")
Importing = Callable[..., Imported]
HEADER = "internal_number,hierarchy,status,usage,vendor,tag,release_date"
NODES = [f"{SITE}.desk", "sys.a.x.desk", "sys.a.xy", "sys.a.y", "sys.b"]


@pytest.fixture
def importing(db: Connection, tmp_path: Path) -> Importing:
    """Import lines, or bytes, as a file; by default what is right in it."""
    nodes = (
        "INSERT INTO numbers.hierarchy_node (hierarchy, created_by) SELECT DISTINCT p.node, 'test'"
        " FROM unnest(CAST(:nodes AS text[])) AS n (node)"
        " CROSS JOIN unnest(numbers.hierarchy_path(n.node)) AS p (node)"
    )
    db.execute(text(nodes), {"nodes": NODES})

    def run(*lines: str, content: bytes = b"", **options: bool) -> Imported:
        file = tmp_path / "numbers.csv"
        file.write_bytes(content or "\n".join(lines).encode())
        return imports.import_file(
            db, file, actor=ACTOR, as_of=NOON, **({"partial": True} | options)
        )

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
        "subscriber": None,
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
        ("1001,sys.a,Used,User,\x00,,", "vendor has a control character, U+0000"),
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
    reason = "is not UTF-8 text; save the file as CSV in UTF-8"
    assert done == Imported(imported=2, rejected=[Rejection(3, None, reason)])


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
        (
            "internal_number;hierarchy",
            "there is no column 'internal_number;hierarchy'; separate columns with commas",
        ),
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
        imports.import_file(db, tmp_path / "nowhere.csv", actor=ACTOR)


@pytest.mark.parametrize("second", ["sys.a.x", "sys.a", "sys.a.x.desk"])
def test_the_same_digits_at_a_related_node_are_a_duplicate(
    db: Connection, importing: Importing, second: str
) -> None:
    done = importing("internal_number,hierarchy", "1001,sys.a.x", f"1001,{second}")
    assert done.rejected == [
        Rejection(
            3, "internal_number", "1001 is on line 2 already, at that node, above it or below it"
        )
    ]
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
    reason = f"the inventory has it with other values: {reason}"
    assert done.rejected == [Rejection(2, columns.partition(",")[0], reason)]


@pytest.mark.parametrize("node", ["sys.hcs", f"{SITE}.desk"])
def test_what_the_inventory_has_at_a_related_node_is_rejected(
    db: Connection, importing: Importing, node: str
) -> None:
    a_number(db, "1001")
    a_number(db, "1002", hierarchy="sys.other")
    done = importing("internal_number,hierarchy", f"1001,{node}", f"1002,{SITE}")
    reason = f"the inventory has it at the related node {SITE}"
    assert done == Imported(imported=1, rejected=[Rejection(2, "internal_number", reason)])


def test_a_column_that_the_file_lacks_says_nothing_of_a_number(
    db: Connection, importing: Importing
) -> None:
    a_cooling_number(db, "1001", until=NOON)
    assert importing("internal_number,hierarchy", f"1001,{SITE}") == Imported(existing=1)
    assert row(db, "1001")["status"] == "Cooling"


def test_memory_does_not_grow_with_the_file(importing: Importing) -> None:
    def peak(rows: int) -> int:
        lines = (f"{rows}{line:06},{SITE},,,,," for line in range(rows))
        content = "\n".join([HEADER, *lines]).encode()
        tracemalloc.start()
        done = importing(content=content, dry_run=True)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert done.imported == rows
        return most

    peak(10)
    assert peak(300_000) < peak(75_000) + 2 * 10**6


def test_nothing_is_imported_while_a_row_is_rejected(db: Connection, importing: Importing) -> None:
    done = importing("internal_number,hierarchy", "1001,sys.a", "bad,sys.a", partial=False)
    assert (done.imported, [rejection.line for rejection in done.rejected]) == (0, [3])
    assert stored(db) == []


def test_a_mended_file_goes_on_where_the_first_one_left_off(
    db: Connection, importing: Importing
) -> None:
    importing("internal_number,hierarchy", "1001,sys.a", "bad,sys.a", "1003,sys.a")
    mended = "internal_number,hierarchy", "1001,sys.a", "1002,sys.a", "1003,sys.a"
    assert importing(*mended, partial=False) == Imported(imported=1, existing=2)
    assert stored(db) == ["1001", "1002", "1003"]


@pytest.mark.parametrize("partial", [True, False])
def test_a_dry_run_tells_what_an_import_would_do_and_changes_nothing(
    db: Connection, importing: Importing, partial: bool
) -> None:
    a_number(db, "1001", hierarchy="sys.a")
    lines = (
        "internal_number,hierarchy",
        "1001,sys.a",
        "1002,sys.new.x",
        "1002,sys.new",
        "1003,sys.a",
    )
    options = {"partial": partial, "make_nodes": True}
    told = importing(*lines, dry_run=True, **options)
    assert stored(db) == ["1001"]
    assert told.dry_run
    assert importing(*lines, **options) == dataclasses.replace(told, dry_run=False)
    assert told.imported == (2 if partial else 0)


def test_a_row_at_a_node_that_is_missing_is_rejected(db: Connection, importing: Importing) -> None:
    done = importing("internal_number,hierarchy", "1001,sys.new", "1002,sys.a")
    reason = "there is no node sys.new; make it, or import with --make-nodes"
    assert done == Imported(imported=1, rejected=[Rejection(2, "hierarchy", reason)])


def test_nodes_that_are_missing_are_made_when_that_is_asked_for(
    db: Connection, importing: Importing
) -> None:
    done = importing("internal_number,hierarchy", "1001,sys.new.x", "1002,sys.a", make_nodes=True)
    assert done == Imported(imported=2, nodes=["sys.new", "sys.new.x"])
    made = text("SELECT count(*) FROM numbers.hierarchy_node WHERE hierarchy = ANY(:nodes)")
    assert db.execute(made, {"nodes": done.nodes}).scalar() == 2


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        (
            {"status": "Cooling", "release_date": "2026-11-27T02:00:00+00:00"},
            "Cooling until 2026-11-27 02:00 UTC",
        ),
        (
            {"status": "Reserved", "release_date": "2026-11-27T02:00:00+00:00"},
            "Reserved until 2026-11-27 02:00 UTC",
        ),
        ({"status": "Reserved"}, "Reserved"),
        (
            {"status": "Used", "usage": "Device", "vendor": "AudioCodes"},
            "Used by a device of AudioCodes",
        ),
    ],
)
def test_a_number_that_is_not_to_be_had_says_why(
    db: Connection, importing: Importing, fields: dict[str, str], state: str
) -> None:
    a_number(db, "1001", **fields)
    used = importing("internal_number,hierarchy,status,usage", f"1001,{SITE},Used,User")
    above = importing("internal_number,hierarchy", "1001,sys.hcs")
    assert used.imported == above.imported == 0
    [here], [there] = used.rejected, above.rejected
    assert here.reason.startswith(f"the inventory has it {state}, with other values: ")
    assert there.reason == f"the inventory has it {state}, at the related node {SITE}"


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ("Available,,,ann", "subscriber", "Available has no subscriber"),
        ("Used,Device,AudioCodes,ann", "subscriber", "a device of AudioCodes holds"),
        ("Used,User,,a\x07nn", "subscriber", "has a control character, U+0007"),
        ("Used,\x1fUser,,ann", "usage", "has a control character, U+001F"),
        ("Used,User\x7f,,ann", "usage", "has a control character, U+007F"),
    ],
)
def test_a_rejection_names_its_column(
    importing: Importing, cells: str, column: str, reason: str
) -> None:
    header = "internal_number,hierarchy,status,usage,vendor,subscriber"
    [rejection] = importing(header, f"1001,sys.a,{cells}").rejected
    assert (rejection.line, rejection.column) == (2, column)
    assert reason in rejection.reason


def test_subscribers_of_used_numbers_are_imported(db: Connection, importing: Importing) -> None:
    header = "internal_number,hierarchy,status,usage,vendor,subscriber"
    done = importing(header, "1001,sys.a,Used,User,Microsoft,ann", "1002,sys.a,Used-Utility,,,desk")
    assert done == Imported(imported=2)
    assert (row(db, "1001")["subscriber"], row(db, "1002")["subscriber"]) == ("ann", "desk")


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad", "\u00a0", "\u2028", "\u3164"]
)
@pytest.mark.parametrize("column", ["internal_number", "hierarchy"])
def test_what_cannot_be_seen_is_no_part_of_a_number_or_a_node(
    importing: Importing, column: str, unseen: str
) -> None:
    cells = {"internal_number": "1001", "hierarchy": "sys.a"}
    cells[column] = f"{cells[column][:2]}{unseen}{cells[column][2:]}"
    [rejection] = importing("internal_number,hierarchy", ",".join(cells.values())).rejected
    assert rejection.column == column
    assert (
        f"\\u{ord(unseen):04x}" in rejection.reason or f"\\x{ord(unseen):02x}" in rejection.reason
    )


def test_a_node_may_be_named_in_any_script(importing: Importing) -> None:
    lines = "1001,sys.Zürich Süd", "1002,sys.القاهرة", "1003,sys.東京", "1004,sys.é"
    assert importing("internal_number,hierarchy", *lines, make_nodes=True).imported == 4


def test_cells_that_people_write_keep_their_meaning(db: Connection, importing: Importing) -> None:
    importing(
        "internal_number,hierarchy,description,e164_number",
        "'1001, sys.a ,'s-Hertogenbosch, +31735550100 ",
        " 1002 ,sys.a,'=1+1,'+31735550101",
        "1003,sys.a, O'Neil; 'x' ,",
    )
    assert row(db, "1001")["description"] == "'s-Hertogenbosch"
    assert row(db, "1001")["e164_number"] == "+31735550100"
    assert row(db, "1002")["description"] == "=1+1"
    assert row(db, "1002")["e164_number"] == "+31735550101"
    assert row(db, "1003")["description"] == "O'Neil; 'x'"


@pytest.fixture
def parquet(db: Connection, importing: Importing, tmp_path: Path) -> Importing:
    """Import columns as a Parquet file."""

    def run(columns: dict[str, Any], **options: bool) -> Imported:
        file = tmp_path / "numbers.parquet"
        pq.write_table(pa.table(columns), file)
        return imports.import_file(db, file, actor=ACTOR, as_of=NOON, **options)

    return run


def test_a_parquet_file_is_imported_as_it_is(db: Connection, parquet: Importing) -> None:
    until = datetime(2026, 12, 1, 2, 0, 0, 5, tzinfo=UTC)
    columns = {
        "internal_number": ["0011", "+442079460123", "*55#"],
        "hierarchy": pa.array(["sys.a", "sys.b", "sys.b"]).dictionary_encode(),
        "status": ["Available", "Cooling", None],
        "release_date": pa.array([None, until, None], pa.timestamp("us", "UTC")),
        "description": [" '=1 ", "", "x"],
        "extra3": pa.array([None, "é", ""], pa.large_string()),
        "tag": pa.nulls(3),
    }
    assert parquet(columns) == Imported(imported=3)
    assert row(db, "0011")["description"] == " '=1 "
    assert row(db)["release_date"] == until
    assert (row(db)["description"], row(db)["extra"]) == (None, {"extra3": "é"})
    assert row(db, "*55#")["extra"] is None


def test_a_row_of_a_parquet_file_is_rejected_by_its_place(parquet: Importing) -> None:
    done = parquet({"internal_number": ["1001", "x", "1002\x00"], "hierarchy": ["sys.a"] * 3})
    assert [(rejection.line, rejection.column) for rejection in done.rejected] == [
        (2, "internal_number"),
        (3, "internal_number"),
    ]


def test_numbers_that_are_no_text_are_bad_input(parquet: Importing) -> None:
    with pytest.raises(BadInput, match="int64 in the column internal_number; write it as text"):
        parquet({"internal_number": [1001], "hierarchy": ["sys.a"]})


def test_a_parquet_file_without_its_columns_is_rejected(parquet: Importing) -> None:
    assert parquet({"internal_number": ["1"]}).rejected == [
        Rejection(1, "hierarchy", "the column hierarchy is missing")
    ]


@pytest.mark.parametrize("broken", [b"", b"PAR1 is not Parquet", None])
def test_a_broken_parquet_file_is_bad_input(
    db: Connection, parquet: Importing, tmp_path: Path, broken: bytes | None
) -> None:
    parquet({"internal_number": [f"{n:06}" for n in range(9999)], "hierarchy": ["sys.a"] * 9999})
    file = tmp_path / "numbers.parquet"
    whole = file.read_bytes()
    file.write_bytes(b"PAR1" + bytes(5000) + whole[5004:] if broken is None else broken)
    with pytest.raises(BadInput, match="cannot be read as Parquet"):
        imports.import_file(db, file, actor=ACTOR)


@pytest.mark.parametrize("name", ["numbers.xlsx", "numbers", "numbers.csv.gz"])
def test_another_kind_of_file_is_bad_input(db: Connection, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"give a file that ends in \.csv or \.parquet"):
        imports.import_file(db, tmp_path / name, actor=ACTOR)


CELLS = st.text(st.sampled_from("a1+=' ,;\"\n\r\té\x00\x07\u200b"), max_size=6)
PIECES = ["a", ",", '"', "\n", "\r", "a,a\n", '"a","a"\n', ',"a"', '""', "\r\n", "é", " ", "\0"]
JUNK = st.lists(st.sampled_from(PIECES[:9]) | st.sampled_from(PIECES), max_size=14).map("".join)


def read(path: Path) -> list[tuple[int, Any]]:
    """Each row of a file with its line, and what is no row with its reason."""
    found: list[tuple[int, Any]] = []
    with sheets.opened(path) as sheet:
        for batch in sheet.batches():
            rows = zip(*(column.to_pylist() for column in batch.columns.values()), strict=True)
            found += zip(batch.lines.to_pylist(), rows, strict=True)
            found += batch.faults
    return sorted(found, key=lambda row: row[0])


@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=12), end=st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_as_csv_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], end: str
) -> None:
    file = tmp_path_factory.mktemp("sheets") / "numbers.csv"
    with file.open("w", newline="", encoding="utf-8") as sheet:
        writer = csv.writer(sheet, lineterminator=end, quoting=csv.QUOTE_ALL)
        writer.writerow(["tag", "usage"])
        writer.writerows(rows)
    for block in (1, 16, 1 << 20):
        with mock.patch.object(sheets, "BLOCK", block):
            found = read(file)
        assert [cells for _, cells in found] == [
            tuple(spreadsheets.content(cell) or None for cell in row) for row in rows
        ]
        lines = io.StringIO(file.read_text(encoding="utf-8"), newline="").readlines()
        lines_of = dict(enumerate(lines, 1))
        assert all(lines_of[line].startswith('"') for line, _ in found)


@given(content=JUNK)
@settings(max_examples=1000, deadline=None)
def test_blocks_and_single_rows_are_read_alike(
    tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    file = tmp_path_factory.mktemp("sheets") / "numbers.csv"
    file.write_bytes(b"tag,usage\n" + content.encode())
    with mock.patch.object(sheets._Shape, "of", return_value=None):
        slowly = read(file)
    for block in (1, 16, 1 << 20):
        with mock.patch.object(sheets, "BLOCK", block):
            assert read(file) == slowly


FIELD_VALUES = {
    "internal_number": ["1001", "+442079460123", "+0", "x", "1\n", None],
    "hierarchy": ["sys.a", "sys..a", "sys.\u200b", None],
    "status": [*Status, "Idle", None],
    "usage": ["User", None],
    "vendor": ["AudioCodes", "Microsoft", None],
    "subscriber": ["ann", "a\x07", None],
    "tag": ["note", "\x7f", None],
    "release_date": ["2026-12-01", "yesterday", None],
}
A_ROW = st.fixed_dictionaries({name: st.sampled_from(v) for name, v in FIELD_VALUES.items()})


@given(rows=st.lists(A_ROW, min_size=1, max_size=8))
@settings(max_examples=300)
def test_columns_are_judged_as_rows_are(rows: list[dict[str, str | None]]) -> None:
    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in FIELD_VALUES}
    assert fields.sound(columns).to_pylist() == [fields.fault(row) is None for row in rows]


def test_numbers_added_meanwhile_undo_an_import_as_a_whole(
    database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("internal_number,hierarchy\n1001,sys.a\n1002,sys.a\n")

    def run() -> None:
        with database.transaction() as db:
            imports.import_file(db, file, actor=ACTOR, make_nodes=True)

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


def test_nothing_is_imported_below_a_site(db: Connection, importing: Importing) -> None:
    hierarchies.add(db, "sys.c", kind="site", actor=ACTOR)
    done = importing("internal_number,hierarchy", "1001,sys.c.floor2", make_nodes=True)
    [rejection] = done.rejected
    assert (rejection.column, done.imported, done.nodes) == ("hierarchy", 0, [])
    assert "nothing can be below the site sys.c" in rejection.reason


@pytest.mark.parametrize("name", ["description", "extra1"])
def test_a_text_is_as_long_as_people_may_give_it(
    db: Connection, importing: Importing, name: str
) -> None:
    header = f"internal_number,hierarchy,{name}"
    done = importing(header, f"1001,{SITE},{'x' * 1000}", f"1002,{SITE},{'x' * 1001}")
    [rejection] = done.rejected
    assert (rejection.line, rejection.column) == (3, name)
    assert "1001 characters" in rejection.reason
