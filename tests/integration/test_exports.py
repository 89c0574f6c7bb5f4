"""An export: safe in a spreadsheet, never half a file, and imported again it is what it was."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from include.inventory import database, exports, imports, spreadsheets
from include.inventory.errors import BadInput, DatabaseUnavailable, Interrupted, Unknown
from include.inventory.events import Actor
from include.inventory.exports import Exported
from include.inventory.imports import Imported
from tests.conftest import TEMPLATE
from tests.integration.factories import NOON, SITE, a_cooling_number, a_number, a_used_number

ACTOR = Actor("terminal:ann")
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")

# Whatever has a meaning somewhere between a database and a spreadsheet, and text of every script.
LETTERS = st.one_of(
    st.sampled_from(
        "=+-@'\"`;,|\t\n\r \\.0019aA\u3000\u00a0\uff1d\uff0b\uff0d\uff20\u200f\u202eא\u0627é東😀"
    ),
    st.characters(exclude_categories=("Cc", "Cs")),
)
HOSTILE = st.text(st.sampled_from("=+;,\"'\t\n\r 1"), min_size=1, max_size=6)
TEXT = st.one_of(
    HOSTILE,
    st.text(LETTERS, min_size=1, max_size=8),
    st.sampled_from(
        ["0044", "1e5", "2026-12-01", "=cmd|' /C calc'!A0", "\\.", "NULL", "null", '"']
    ),
)
BLANK_OR_TEXT = st.none() | TEXT
INSTANTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def numbers(draw: st.DrawFn) -> dict[str, Any]:
    """The fields of a number, which no rule forbids."""
    status = draw(st.sampled_from(["Available", "Used", "Used-Utility", "Reserved", "Cooling"]))
    held = status.startswith("Used")
    vendor = draw(st.sampled_from([None, "AudioCodes"]) | TEXT) if held else None
    dates = {"Cooling": INSTANTS, "Reserved": st.none() | INSTANTS}
    return {
        "internal_number": draw(st.from_regex(imports.INTERNAL_NUMBER, fullmatch=True)),
        "hierarchy": draw(st.sampled_from(["sys", "1.0", "=a.b", "sys.a;-b", "sys.Zürich Süd.x"])),
        "status": status,
        "usage": draw(BLANK_OR_TEXT) if held else None,
        "vendor": vendor,
        "subscriber": draw(BLANK_OR_TEXT) if held and vendor != "AudioCodes" else None,
        "tag": draw(TEXT) if status != "Available" else None,
        "release_date": draw(dates.get(status, st.none())),
        "description": draw(BLANK_OR_TEXT),
        "e164_number": draw(BLANK_OR_TEXT),
        "reservation_notes": draw(BLANK_OR_TEXT),
        "extra": draw(
            st.none()
            | st.dictionaries(st.sampled_from(["extra1", "extra2", "extra10"]), TEXT, min_size=1)
        ),
    }


@pytest.fixture(scope="module")
def inventory(server: Engine) -> Iterator[Engine]:
    """An inventory of these tests: an export reads what is committed."""
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE exports TEMPLATE {TEMPLATE}"))
    engine = database.engine(database.embedded_url("exports"))
    yield engine
    engine.dispose()


@pytest.fixture
def db(inventory: Engine) -> Iterator[Connection]:
    """A connection to an empty inventory, which is emptied again when the test ends."""
    with inventory.connect() as connection:
        yield connection
        emptied(connection)


def emptied(db: Connection) -> None:
    db.rollback()
    db.execute(text("TRUNCATE numbers.number, numbers.hierarchy_node CASCADE"))
    db.commit()


def filled(db: Connection, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        a_number(db, **row)


def exported(db: Connection, form: exports.Form = "csv", **options: Any) -> bytes:
    db.commit()
    file = io.BytesIO()
    exports.export(db, file, form=form, **options)
    return file.getvalue()


def cells(content: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter))


@pytest.mark.parametrize("form", ["csv", "parquet"])
@given(rows=st.lists(numbers(), max_size=8, unique_by=lambda row: row["internal_number"]))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_an_export_that_is_imported_is_exported_byte_for_byte(
    db: Connection, tmp_path: Path, form: exports.Form, rows: list[dict[str, Any]]
) -> None:
    file = tmp_path / f"numbers.{form}"
    filled(db, rows)
    content = exported(db, form)
    emptied(db)
    file.write_bytes(content)
    done = imports.import_file(db, file, actor=ACTOR, as_of=NOON, make_nodes=True)
    again = exported(db, form)
    kept = db.execute(text("SELECT * FROM numbers.number")).mappings().all()
    emptied(db)
    assert (done.imported, done.rejected) == (len(rows), [])
    assert again == content
    given_rows = {row["internal_number"]: row for row in rows}
    for row in kept:
        assert given_rows[row["internal_number"]].items() <= row.items()


@given(rows=st.lists(numbers(), max_size=6, unique_by=lambda row: row["internal_number"]))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_cell_of_an_export_is_a_formula_in_any_spreadsheet(
    db: Connection, rows: list[dict[str, Any]]
) -> None:
    filled(db, rows)
    content = exported(db)
    emptied(db)
    for delimiter in ",;\t":
        for line in cells(content, delimiter):
            assert not [cell for cell in line if cell.startswith(FORMULA)]
    for line in cells(content)[1:]:
        assert re.fullmatch(r"'[+0-9*#]+", line[0])
        assert not [cell for cell in line if re.match("[0-9]", cell)]


@given(rows=st.lists(st.tuples(HOSTILE, HOSTILE), min_size=1, max_size=3))
@settings(max_examples=1000, deadline=None)
def test_no_text_hides_a_formula_in_the_cells_that_it_is_split_into(
    rows: list[tuple[str, str]],
) -> None:
    names = ["internal_number", "tag", "extra1"]
    columns = [pa.array(column) for column in (["1001"] * len(rows), *zip(*rows, strict=True))]
    file = io.BytesIO()
    exports._CsvWriter(file, names).write(pa.table(columns, names))
    for delimiter in ",;\t":
        for line in cells(file.getvalue(), delimiter):
            assert not [cell for cell in line if cell.startswith(FORMULA)]


@given(written=st.text(LETTERS, max_size=8) | HOSTILE, always=st.booleans())
@settings(deadline=None)
@example(written="s-Hertogenbosch", always=False)
def test_a_cell_has_the_content_that_was_put_into_it(written: str, always: bool) -> None:
    cell = spreadsheets.cell(written, always=always)
    assert spreadsheets.content(cell, always=always) == written


@given(texts=st.lists(st.none() | st.text(LETTERS, max_size=6), max_size=8), always=st.booleans())
def test_columns_of_cells_are_written_and_read_as_single_ones(
    texts: list[str | None], always: bool
) -> None:
    column = pa.array(texts, pa.string())
    for whole, one in (
        (spreadsheets.cells, spreadsheets.cell),
        (spreadsheets.contents, spreadsheets.content),
    ):
        expected = [None if text is None else one(text, always=always) for text in texts]
        assert whole(column, always=always).to_pylist() == expected


def test_a_csv_export_has_every_column_and_apostrophes_before_digits(db: Connection) -> None:
    a_used_number(db, description="Hall, 2nd floor", e164_number="+442079460123")
    a_cooling_number(db, "0011", until=NOON, extra={"extra10": "=1+1", "extra2": "x"})
    assert exported(db).decode().splitlines() == [
        "internal_number,hierarchy,status,usage,vendor,subscriber,tag,release_date,description,"
        "e164_number,reservation_notes,extra2,extra10",
        '"\'+442079460123","sys.hcs.acme.london","Used","Device","AudioCodes",,,,'
        '"Hall, 2nd floor","\'+442079460123",,,',
        '"\'0011","sys.hcs.acme.london","Cooling",,,,"Cooling for 2 days",'
        '"\'2026-11-02T12:00:00+00:00",,,,"x","\'=1+1"',
    ]


def test_a_parquet_export_has_its_values_as_they_are(db: Connection) -> None:
    a_cooling_number(db, until=NOON, extra={"extra1": "'=1"})
    table = pq.read_table(io.BytesIO(exported(db, "parquet")))
    [row] = table.to_pylist()
    assert (row["internal_number"], row["release_date"], row["extra1"]) == (
        "+442079460123",
        NOON,
        "'=1",
    )
    assert row["description"] is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["1001", "1002", "1003"]),
        ({"hierarchy": SITE}, ["1001", "1002"]),
        ({"status": "Used"}, ["1002"]),
        ({"hierarchy": "sys.hcs.acme", "status": "Available"}, ["1001", "1003"]),
    ],
)
def test_an_export_is_of_a_node_and_of_a_status(
    db: Connection, options: dict[str, str], expected: list[str]
) -> None:
    a_number(db, "1001", hierarchy=f"{SITE}.desk")
    a_used_number(db, "1002")
    a_number(db, "1003", hierarchy=f"{SITE}s", extra={"extra1": "x"})
    lines = cells(exported(db, **options))
    assert [line[0] for line in lines[1:]] == [f"'{number}" for number in expected]
    assert (lines[0][-1] == "extra1") == ("1003" in expected)


def test_an_export_of_a_node_that_there_is_not_leaves_the_file_as_it_was(
    db: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("what was there")
    with pytest.raises(Unknown, match="no hierarchy node"):
        exports.export(db, file, hierarchy="sys.nowhere")
    assert file.read_text() == "what was there"


def test_an_empty_inventory_is_exported_and_imported_again(db: Connection, tmp_path: Path) -> None:
    for form in ("csv", "parquet"):
        file = tmp_path / f"numbers.{form}"
        assert exports.export(db, file, form=form).exported == 0
        assert imports.import_file(db, file, actor=ACTOR) == Imported()


def test_an_export_of_many_blocks_tells_how_far_it_is(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BLOCK", 1)
    for number in ("1001", "1002", "1003"):
        a_number(db, number, extra={"extra1": number})
    told: list[tuple[int, int]] = []
    content = exported(db, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert [line[0] for line in cells(content)[1:]] == ["'1001", "'1002", "'1003"]


def test_a_file_is_whole_or_what_it_was(
    db: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("before")
    a_number(db, "1001")
    a_number(db, "1002")

    def fails(*told: int) -> None:
        raise KeyboardInterrupt

    db.commit()
    with pytest.raises(KeyboardInterrupt):
        exports.export(db, file, progress=fails)
    assert [path.name for path in tmp_path.iterdir()] == ["numbers.csv"]
    assert file.read_text() == "before"
    assert exports.export(db, file) == Exported(2, list(imports.FIELDS))
    assert [path.name for path in tmp_path.iterdir()] == ["numbers.csv"]
    assert len(file.read_text().splitlines()) == 3


def test_a_file_that_cannot_be_written_is_bad_input(db: Connection, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"numbers\.csv cannot be written \(No such file"):
        exports.export(db, tmp_path / "nowhere" / "numbers.csv")


def test_a_file_is_of_the_instant_of_its_transaction(db: Connection, inventory: Engine) -> None:
    a_number(db, "1001")
    a_number(db, "1002")
    db.commit()
    db.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    db.execute(text("SELECT"))
    with inventory.begin() as other:
        other.execute(text("DELETE FROM numbers.number WHERE internal_number = '1002'"))
        a_number(other, "1003", extra={"extra1": "x"})
    file = io.BytesIO()
    exports.export(db, file)
    assert [line[0] for line in cells(file.getvalue())[1:]] == ["'1001", "'1002"]


def test_a_server_that_stops_answering_is_told_of_and_leaves_no_file(
    db: Connection, inventory: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BLOCK", 1)
    for number in range(1000, 3000):
        a_number(db, str(number), description="x" * 2000)
    db.commit()

    def ends(*told: int) -> None:
        with inventory.begin() as other:
            other.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^COPY'")
            )

    with pytest.raises(DatabaseUnavailable, match="nothing was exported: run it again"):
        exports.export(db, tmp_path / "numbers.csv", progress=ends)
    assert list(tmp_path.iterdir()) == []


def test_an_extra_that_is_new_meanwhile_is_not_lost_in_silence() -> None:
    extra = pa.array([None, json.dumps({"extra2": "x"})], pa.string())
    with pytest.raises(Interrupted, match="run it again"):
        exports._extras(extra, ["extra1"])
