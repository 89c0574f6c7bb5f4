"""The fields of a number as a file gives them: which there are, and what is right in a row.

``fault`` is the rule, a row at a time. ``sound`` finds whole columns at once what needs no look by
it: it passes a row only where ``fault`` finds nothing.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from include.inventory.connections import HIERARCHY, LONGEST_NODE
from include.inventory.instants import instant
from include.inventory.selections import NUMBER
from include.inventory.status import Status
from include.inventory.texts import LONGEST, UNFIT

REQUIRED = ("internal_number", "hierarchy")
FIELDS = (
    *REQUIRED,
    "status",
    "usage",
    "vendor",
    "subscriber",
    "tag",
    "release_date",
    "description",
    "e164_number",
    "reservation_notes",
)
# Fields that hold digits: spreadsheets must never take them for amounts.
DIGITS = frozenset({"internal_number", "e164_number"})
EXTRA = re.compile(r"extra[1-9][0-9]*")
INTERNAL_NUMBER = NUMBER
AUDIOCODES = "AudioCodes"
HELD = (Status.USED, Status.USED_UTILITY)
DATED = (Status.COOLING, Status.RESERVED)
# Every control character of ASCII but tab, line feed and carriage return.
CONTROL = bytes({*range(32), 127} - {9, 10, 13})
CONTROLS = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\u009f]"
# What nobody sees in the name of a node, or takes for a space: by its category, or by itself.
INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")

Row = Mapping[str, str | None]
Fault = tuple[str | None, str]


def header_fault(names: list[str]) -> Fault | None:
    """What is wrong with the columns of a file: which column, and why."""
    for name in names:
        if name not in FIELDS and not EXTRA.fullmatch(name):
            known = ", ".join((*FIELDS, "extra1", "extra2"))
            hint = "separate columns with commas; " if ";" in name or "\t" in name else ""
            return None, f"there is no column {shown(name)}; {hint}there are {known} and so on"
        if names.count(name) > 1:
            return name, f"the column {name} stands there twice"
    for name in REQUIRED:
        if name not in names:
            return name, f"the column {name} is missing"
    return None


def fault(row: Row) -> Fault | None:
    """What is wrong with a row first: in which column, and why. A blank field is None."""
    return _place_fault(row) or _holder_fault(row) or _release_date_fault(row) or _text_fault(row)


def _place_fault(row: Row) -> Fault | None:
    number, hierarchy, status = row["internal_number"], row["hierarchy"], _status(row)
    if not INTERNAL_NUMBER.fullmatch(number or ""):
        return "internal_number", (
            f"internal_number {shown(number)} is none: + and 2 to 15 digits, or 1 to 15 of 0-9*#"
        )
    if not is_node(hierarchy):
        return "hierarchy", (
            f"hierarchy {shown(hierarchy)} is no node; write it as sys.hcs.acme.london"
        )
    if status not in set(Status):
        return "status", f"status {shown(status)} is none of {', '.join(Status)}"
    return None


def _holder_fault(row: Row) -> Fault | None:
    status, vendor = _status(row), row["vendor"]
    if vendor and vendor != AUDIOCODES and vendor.strip().casefold() == AUDIOCODES.casefold():
        return "vendor", f"vendor {shown(vendor)} is written {AUDIOCODES}"
    if status not in HELD:
        for name in ("usage", "vendor"):
            if row[name]:
                return name, f"a number that is {status} has neither usage nor vendor"
        if row["subscriber"]:
            return "subscriber", f"a number that is {status} has no subscriber"
    elif row["subscriber"] and row["vendor"] == AUDIOCODES:
        return "subscriber", "a number that a device of AudioCodes holds has no subscriber"
    if row["tag"] and status == Status.AVAILABLE:
        return "tag", f"a number that is {status} has no tag"
    return None


def _release_date_fault(row: Row) -> Fault | None:
    status, release_date = _status(row), row["release_date"]
    if not release_date:
        missing = status == Status.COOLING
        return (
            ("release_date", f"a number that is {status} has a release_date") if missing else None
        )
    if status not in DATED:
        return "release_date", f"a number that is {status} has no release_date"
    try:
        instant(release_date)
    except ValueError as error:
        return "release_date", f"release_date {error}"
    return None


def _text_fault(row: Row) -> Fault | None:
    for name, value in row.items():
        if value and (found := UNFIT.search(value)):
            return name, f"{name} has a control character, U+{ord(found[0]):04X}"
        if value and len(value) > LONGEST:
            return name, f"{name} has {len(value)} characters; at most {LONGEST} are kept"
    return None


def _status(row: Row) -> str:
    return row["status"] or Status.AVAILABLE


@lru_cache(maxsize=100_000)
def is_node(hierarchy: str | None) -> bool:
    """True for the name of a node, all of which can be seen."""
    return (
        hierarchy is not None
        and len(hierarchy) <= LONGEST_NODE
        and re.fullmatch(HIERARCHY, hierarchy) is not None
        and (hierarchy.isascii() or not any(map(_is_invisible, hierarchy)))
    )


def _is_invisible(letter: str) -> bool:
    return letter in BLANK_LETTERS or (letter != " " and unicodedata.category(letter) in INVISIBLE)


def shown(value: str | None) -> str:
    """A value in a message."""
    return ascii(value[:40]) if value else "(blank)"


def sound(columns: Mapping[str, Any]) -> Any:
    """Which rows are right: an Arrow array of booleans, none of them null.

    The columns are Arrow arrays of strings, every field among them; blank is null.
    """
    status = pc.fill_null(columns["status"], str(Status.AVAILABLE))
    filled = {name: pc.is_valid(column) for name, column in columns.items()}
    held = pc.is_in(status, pa.array(list(map(str, HELD))))
    device = pc.fill_null(pc.equal(columns["vendor"], AUDIOCODES), False)
    known = pc.is_in(status, pa.array(list(map(str, Status))))
    number = pc.match_substring_regex(
        columns["internal_number"], rf"^(?:{INTERNAL_NUMBER.pattern})\z"
    )
    rules = [
        pc.fill_null(number, False),
        _judged(columns["hierarchy"], is_node),
        known,
        pc.or_(held, pc.invert(pc.or_(filled["usage"], filled["vendor"]))),
        pc.fill_null(pc.or_(device, pc.invert(_like_audiocodes(columns["vendor"]))), True),
        pc.invert(pc.and_(filled["subscriber"], pc.or_(pc.invert(held), device))),
        pc.invert(pc.and_(filled["tag"], pc.equal(status, str(Status.AVAILABLE)))),
        _dates(columns["release_date"], status),
        *(_printable(column) for column in columns.values() if _has_control(column)),
        *(_short(column) for column in columns.values()),
    ]
    right = rules[0]
    for rule in rules[1:]:
        right = pc.and_(right, rule)
    return right


def _like_audiocodes(vendor: Any) -> Any:
    return pc.equal(pc.utf8_lower(pc.utf8_trim_whitespace(vendor)), AUDIOCODES.casefold())


def _dates(release_date: Any, status: Any) -> Any:
    dated = pc.is_in(status, pa.array(list(map(str, DATED))))
    cooling = pc.equal(status, str(Status.COOLING))
    there = pc.is_valid(release_date)
    fits = pc.and_(pc.or_(dated, pc.invert(there)), pc.or_(there, pc.invert(cooling)))
    return pc.and_(fits, _judged(release_date, _is_instant, blank=True))


def _is_instant(value: str) -> bool:
    return moment(value) is not None


@lru_cache(maxsize=10_000)
def moment(value: str) -> str | None:
    """The instant of a text in the one form that COPY takes, or None."""
    try:
        return instant(value).isoformat()
    except ValueError:
        return None


def _judged(column: Any, judge: Any, *, blank: bool = False) -> Any:
    """What is right by a judgement that each value needs only once."""
    encoded = column.dictionary_encode()
    right = pa.array([judge(value) for value in encoded.dictionary.to_pylist()], pa.bool_())
    return pc.fill_null(right.take(encoded.indices), blank)


def _has_control(column: Any) -> bool:
    data = column.buffers()[2]
    whole = data.to_pybytes() if data is not None else b""
    return not whole.isascii() or len(whole.translate(None, CONTROL)) != len(whole)


def _printable(column: Any) -> Any:
    return pc.fill_null(pc.invert(pc.match_substring_regex(column, CONTROLS)), True)


def _short(column: Any) -> Any:
    return pc.fill_null(pc.less_equal(pc.utf8_length(column), LONGEST), True)
