"""Registered users as frames: one form, whatever they came from."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.arm import Malformed
from include.arm.records import COLUMNS, read
from tests.fake_arm import frame

USER: dict[str, Any] = {
    "id": 4711,
    "aor": "+442079460123",
    "user": "+442079460123",
    "host": None,
    "contact": "<sip:+442079460123@10.8.5.71:5060;transport=tls>",
    "expires": 180,
    "active": True,
    "nodeId": 3,
    "nodeName": "SBC-LON-1",
    "ipGroup": "Users-LON",
    "userAgent": "AUDC-IPPhone-430HD_UC_2.0.13.121/1.0.0000.0",
}
CANONICAL = {**USER, "id": "4711", "nodeId": "3"}
AORS = ["+442079460123", "007", "*21#", "Sue", "1000@10.8.5.71"]


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return list(pa.Table.from_pandas(table, preserve_index=False).to_pylist())


def whole(path: Path, chunk_rows: int = 2) -> list[dict[str, Any]]:
    return [row for table in read(path, chunk_rows=chunk_rows) for row in rows(table)]


def write(path: Path, records: list[dict[str, Any]]) -> Path:
    """The records in the kind of file that the path's suffix names."""
    kind = path.suffix.lower()
    if kind == ".parquet":
        pq.write_table(pa.Table.from_pylist(records), path)
    elif kind == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, records[0])
            writer.writeheader()
            writer.writerows(records)
    elif kind == ".json":
        path.write_text(json.dumps(records))
    else:
        path.write_text("\n".join(json.dumps(record) for record in records))
    return path


@pytest.fixture(params=["parquet", "PARQUET", "csv", "Csv", "jsonl", "ndjson", "json", "JSON"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"users.{request.param}"


def test_a_frame_has_every_column_in_order_and_its_type() -> None:
    table = frame([USER, {"aor": "1000"}])
    assert tuple(table.columns) == COLUMNS
    kinds = {name: str(kind) for name, kind in table.dtypes.items()}
    assert kinds.pop("expires") == "int64[pyarrow]"
    assert kinds.pop("active") == "bool[pyarrow]"
    assert set(kinds.values()) == {"string[pyarrow]"}


def test_a_frame_of_nobody_has_the_same_form() -> None:
    assert frame([]).dtypes.equals(frame([USER]).dtypes)
    assert len(frame([])) == 0


def test_a_record_comes_out_as_it_went_in_and_extras_are_left_out() -> None:
    assert rows(frame([{**USER, "battery": 0.8}])) == [CANONICAL]


def test_all_but_the_aor_may_be_missing_or_null() -> None:
    nobody = dict.fromkeys(COLUMNS)
    expected = {**nobody, "aor": "1000", "active": True}
    assert rows(frame([{"aor": "1000"}, {**nobody, "aor": "1000"}])) == [expected, expected]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("id", "4711", "4711"),
        ("id", "c0ffee", "c0ffee"),
        ("id", 2**64 - 1, str(2**64 - 1)),
        ("nodeName", 3, "3"),
        ("nodeName", "", None),
        ("aor", 442079460123, "442079460123"),
        ("expires", "180", 180),
        ("expires", 180.0, 180),
        ("expires", "", None),
        ("active", "true", True),
        ("active", "True", True),
        ("active", 1, True),
        ("active", "1", True),
        ("active", "", True),
        ("active", None, True),
        ("active", False, False),
        ("active", "false", False),
        ("active", "FALSE", False),
        ("active", 0, False),
        ("active", "0", False),
    ],
    ids=repr,
)
@pytest.mark.parametrize("beside", [[], [USER]], ids=["alone", "beside another type"])
def test_types_that_drift_are_read_as_what_they_mean(
    field: str, value: object, expected: object, beside: list[dict[str, Any]]
) -> None:
    table = frame([*beside, {"aor": "1000", field: value}])
    assert rows(table)[-1][field] == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("aor", None),
        ("aor", ""),
        ("aor", True),
        ("aor", 4.5),
        ("aor", 442079460123.0),
        ("aor", ["1000"]),
        ("aor", {"user": "1000"}),
        ("aor", 10**30),
        ("aor", "\ud800"),
        ("nodeName", {"name": "SBC"}),
        ("nodeName", False),
        ("id", 4.5),
        ("expires", "soon"),
        ("expires", "1e3"),
        ("expires", 1.5),
        ("expires", True),
        ("expires", [180]),
        ("expires", 10**30),
        ("active", "yes"),
        ("active", 2),
        ("active", "2"),
        ("active", -1),
        ("active", [True]),
    ],
    ids=repr,
)
def test_what_a_field_cannot_be_is_refused_with_row_and_field(field: str, value: object) -> None:
    with pytest.raises(Malformed, match=f"^row 3: {field} is "):
        frame([{"aor": "1"}, {"aor": "2"}, {"aor": "3", field: value}])


@pytest.mark.parametrize("value", [4.5, [180], 10**30, "\ud800"], ids=repr)
@pytest.mark.parametrize("field", ["aor", "expires", "active", "nodeName"])
def test_it_is_refused_beside_values_of_another_type_too(field: str, value: object) -> None:
    with pytest.raises(Malformed, match=f"^row 2: {field} is "):
        frame([USER, {"aor": "1000", field: value}])


def test_aors_that_are_all_numbers_with_a_fraction_are_refused() -> None:
    with pytest.raises(Malformed, match=r"^row 1: aor is 1000\.0"):
        frame([{"aor": 1000.0}, {"aor": 1001.0}])


@pytest.mark.parametrize("row", ["1000", None, 7, [USER]], ids=repr)
def test_a_row_that_is_no_object_is_refused(row: Any, tmp_path: Path) -> None:
    file = tmp_path / "list.json"
    file.write_text(json.dumps([USER, row]))
    with pytest.raises(Malformed, match=r"row 2: is no object"):
        whole(file)


def test_a_file_holds_the_same_records_whatever_its_kind(file: Path) -> None:
    records = [{**USER, "aor": aor} for aor in AORS]
    assert whole(write(file, records)) == [{**CANONICAL, "aor": aor} for aor in AORS]


def test_a_file_needs_no_column_but_the_aor(file: Path) -> None:
    found = whole(write(file, [{"aor": aor, "note": 1} for aor in AORS]))
    assert [row["aor"] for row in found] == AORS
    assert {row["active"] for row in found} == {True}


def test_a_file_is_read_in_chunks_of_one_form(file: Path) -> None:
    write(file, [{**USER, "aor": aor, "host": "h" if aor == "Sue" else None} for aor in AORS])
    tables = list(read(file, chunk_rows=2))
    assert [len(table) for table in tables] == [2, 2, 1]
    assert all(table.dtypes.equals(frame([]).dtypes) for table in tables)


def test_a_file_is_read_as_it_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "users.jsonl"
    file.write_text('{"aor": "1000"}\n{"aor": "1001"}\nbroken\n')
    tables: Iterator[pd.DataFrame] = read(file, chunk_rows=2)
    assert len(next(tables)) == 2
    with pytest.raises(Malformed, match="line 3"):
        next(tables)


def test_the_answer_of_the_api_saved_as_json_is_a_list(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    file.write_text(json.dumps({"total": 1, "registeredUsers": [USER]}))
    assert whole(file) == [CANONICAL]


def test_the_line_of_a_csv_row_is_told_although_cells_go_over_several(tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    file.write_text('aor,userAgent\n1000,"two\nlines"\n1001,one\n,one\n')
    with pytest.raises(Malformed, match="line 5: aor is missing"):
        whole(file)


def test_one_page_of_several_is_no_list(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    file.write_text(json.dumps({"total": 2, "registeredUsers": [USER]}))
    with pytest.raises(Malformed, match="holds 1 of 2"):
        whole(file)


def test_csv_may_begin_with_a_byte_order_mark_and_hold_quoted_text(tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    file.write_bytes('aor,userAgent\r\n007,"Phone, ""new"""\r\n'.encode("utf-8-sig"))
    (row,) = whole(file)
    assert (row["aor"], row["userAgent"]) == ("007", 'Phone, "new"')


def test_blank_lines_between_json_lines_are_passed_over_but_counted(tmp_path: Path) -> None:
    file = tmp_path / "users.jsonl"
    file.write_text('{"aor": "1000"}\n\n{"aor": ""}\n')
    with pytest.raises(Malformed, match="line 3: aor is missing"):
        whole(file)


def test_parquet_numbers_that_pandas_wrote_as_floats_are_whole_again(tmp_path: Path) -> None:
    file = tmp_path / "users.parquet"
    pd.DataFrame({"aor": ["1", "2"], "id": [7, None], "expires": [60, None]}).to_parquet(file)
    assert [(row["id"], row["expires"]) for row in whole(file)] == [("7", 60), (None, None)]


def test_parquet_text_may_be_dictionary_or_large(tmp_path: Path) -> None:
    file = tmp_path / "users.parquet"
    kinds = pa.dictionary(pa.int32(), pa.string()), pa.large_string()
    table = pa.table({"aor": pa.array(["1", "1"], kinds[0]), "user": pa.array(["1", ""], kinds[1])})
    pq.write_table(table, file)
    assert [(row["aor"], row["user"]) for row in whole(file)] == [("1", "1"), ("1", None)]


def test_parquet_with_whole_numbers_for_aors_has_lost_their_zeros(tmp_path: Path) -> None:
    file = tmp_path / "users.parquet"
    pq.write_table(pa.table({"aor": [442079460123]}), file)
    with pytest.raises(Malformed, match="column aor is int64, which has lost leading zeros"):
        whole(file)


def test_the_place_of_a_wrong_value_is_told(file: Path) -> None:
    records = [{"aor": aor, "active": "true"} for aor in AORS]
    records[3]["active"] = "perhaps"
    write(file, records)
    place = {".csv": "line 5", ".jsonl": "line 4", ".ndjson": "line 4"}.get(
        file.suffix.lower(), "row 4"
    )
    with pytest.raises(Malformed, match=f"{file.name}, {place}: active is 'perhaps'"):
        whole(file)


def test_a_file_without_aors_is_refused(file: Path) -> None:
    write(file, [{"AOR": "1000"}])
    with pytest.raises(Malformed, match=f"{file.name}.*aor"):
        whole(file)


def test_an_empty_file_is_no_list(file: Path) -> None:
    file.touch()
    with pytest.raises(Malformed, match=f"{file.name}: the file is empty"):
        read(file)


def test_a_file_that_is_not_there_is_refused(file: Path) -> None:
    with pytest.raises(Malformed, match=f"{file.name}: there is no such file"):
        read(file)


def test_a_folder_is_no_file(file: Path) -> None:
    file.mkdir()
    with pytest.raises(Malformed, match="no such file"):
        read(file)


@pytest.mark.parametrize("name", ["users.xlsx", "users", "users.csv.gz"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("aor\n1000\n")
    with pytest.raises(Malformed, match=r"unknown kind of file; name it .parquet, .csv, .jsonl"):
        read(tmp_path / name)


def test_a_truncated_file_is_refused(file: Path) -> None:
    content = write(file, [{**USER, "aor": aor} for aor in AORS]).read_bytes()
    file.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(Malformed, match=file.name) as failure:
        whole(file)
    assert "\n" not in str(failure.value)


def test_bytes_that_are_no_such_file_are_refused(file: Path) -> None:
    file.write_bytes(bytes(range(256)) * 10)
    with pytest.raises(Malformed, match=file.name) as failure:
        whole(file)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"aor,user\n1000,a\n1001\n", "line 3: 1 cells under 2 headings"),
        (b"aor,user\n1000,a,b\n", "line 2: 3 cells under 2 headings"),
        (b'aor,user\n1000,"a\n1001,b\n', "unexpected end of data"),
        (b"aor;user\n1000;a\n", "has no column aor, only aor;user"),
        (b"aor,aor\n1000,1001\n", "two columns of one name"),
        (b"aor,user\n,a\n", "line 2: aor is missing"),
        (b"aor\n1000\n\xff\n", "utf-8"),
    ],
    ids=repr,
)
def test_a_csv_line_that_is_wrong_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "users.csv"
    file.write_bytes(content)
    with pytest.raises(Malformed, match=message):
        whole(file)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"aor": "1"}\n{"aor": "2"', "line 2: .*truncated"),
        ('{"aor": "1"}\n[]\n', "line 2: is no object"),
        ('[{"aor": "1"}]\n', "line 1: is no object"),
        ("[" * 100_000, "line 1: .*recursion"),
    ],
    ids=["truncated", "list", "document", "deep"],
)
def test_a_json_line_that_is_wrong_is_named(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "users.jsonl"
    file.write_text(content)
    with pytest.raises(Malformed, match=message):
        whole(file)


@pytest.mark.parametrize("content", ["{}", '{"users": []}', "7", '{"registeredUsers": {}}'])
def test_json_without_a_list_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "users.json"
    file.write_text(content)
    with pytest.raises(Malformed, match="neither a list nor an object with registeredUsers"):
        whole(file)
