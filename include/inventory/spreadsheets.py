"""Text in the cells of a CSV file: safe to open in a spreadsheet, and read back as it was.

A spreadsheet takes a cell for a formula that begins with ``=``, ``+``, ``-``, ``@``, a tab or a
carriage return (OWASP, *CSV Injection*), and makes of digits what it likes. An apostrophe in front
prevents both. It stands at the beginning of such a text, and inside a text behind whatever a
spreadsheet of another locale would split it at. Reading takes away what writing put there, and
nothing else: ``'s-Hertogenbosch``, as people write it, keeps its apostrophe.
"""

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# What is no part of a text at either end, as people write it.
BLANKS = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
FORMULA = "=+\\-@\t\r\uff1d\uff0b\uff0d\uff20"
SEPARATOR = ";,\t\n\r"
# Blanks at either end are kept by an apostrophe as well.
EXPOSED = rf"^[{FORMULA}'0-9{BLANKS}]|[{BLANKS}]\z"
# A quote behind a separator, or a separator at the end, would hide what follows from the splitting.
BEHIND = f"[{SEPARATOR}](?:[{FORMULA}'\"]|\\z)"

_EXPOSED = re.compile(EXPOSED.replace(r"\z", r"\Z"))
_NEXT = rf"(?=[{FORMULA}'\"]|\Z)"
_UNGUARDED = re.compile(f"(?<=[{SEPARATOR}]){_NEXT}")
_GUARDED = re.compile(f"(?<=[{SEPARATOR}])'{_NEXT}")
# The bytes that an exposed text may begin with, and those that it may end with.
_EXPOSED_FIRST = np.array(
    [byte > 127 or bool(_EXPOSED.search(f"{chr(byte)}a")) for byte in range(256)]
)
_BLANK_LAST = np.array([byte > 127 or chr(byte) in BLANKS for byte in range(256)])


def cell(text: str, *, always: bool = False) -> str:
    """A text as a cell has it; ``always`` puts an apostrophe before any text."""
    guarded = _UNGUARDED.sub("'", text)
    return f"'{guarded}" if always or _EXPOSED.search(text) else guarded


def content(cell: str, *, always: bool = False) -> str:
    """The text of a cell; blanks around what has no apostrophe are no part of it."""
    if cell.startswith("'"):
        text = _GUARDED.sub("", cell[1:])
        if always or _EXPOSED.search(text):
            return text
    return _GUARDED.sub("", cell.strip(BLANKS))


def cells(texts: Any, *, always: bool = False) -> Any:
    """``cell`` of each text of an Arrow array of strings; null stays null."""
    guarded = texts
    if _has_any(texts, SEPARATOR):
        guarded = _each(texts, pc.match_substring_regex(texts, BEHIND), _UNGUARDED, "'")
    if always:
        return pc.binary_join_element_wise("'", guarded, "")
    if not _may_be_exposed(texts):
        return guarded
    exposed = pc.match_substring_regex(texts, EXPOSED)
    return pc.if_else(exposed, pc.binary_join_element_wise("'", guarded, ""), guarded)


def contents(cells: Any, *, always: bool = False) -> Any:
    """``content`` of each cell of an Arrow array of strings; null stays null."""
    texts = pc.utf8_trim(cells, BLANKS)
    if not _has_any(cells, "'"):
        return texts
    if always:
        first = pc.starts_with(cells, "'")
        texts = pc.if_else(first, pc.utf8_slice_codeunits(cells, 1), texts)
        return _each(texts, pc.match_substring_regex(texts, f"[{SEPARATOR}]'"), _GUARDED, "")
    candidates = pc.match_substring_regex(cells, f"^'|[{SEPARATOR}]'")
    if not pc.any(candidates).as_py():
        return texts
    replaced = [content(one) for one in cells.filter(candidates).to_pylist()]
    return pc.replace_with_mask(
        texts, pc.fill_null(candidates, False), pa.array(replaced, pa.string())
    )


def _each(texts: Any, mask: Any, pattern: "re.Pattern[str]", by: str) -> Any:
    """The texts, with a pattern replaced in those of a mask."""
    if not pc.any(mask).as_py():
        return texts
    replaced = [pattern.sub(by, text) for text in texts.filter(mask).to_pylist()]
    return pc.replace_with_mask(texts, pc.fill_null(mask, False), pa.array(replaced, pa.string()))


def _may_be_exposed(texts: Any) -> bool:
    """False where first and last bytes rule it out: ten times as fast as a look at each text."""
    _, places, data = texts.buffers()
    if data is None or not len(texts):
        return False
    letters = np.frombuffer(data, np.uint8)
    offsets = np.frombuffer(places, np.int32)[texts.offset :][: len(texts) + 1]
    begins, ends = offsets[:-1], offsets[1:]
    filled = ends > begins
    first, last = letters[begins[filled]], letters[ends[filled] - 1]
    return bool(_EXPOSED_FIRST[first].any() or _BLANK_LAST[last].any())


def _has_any(texts: Any, letters: str) -> bool:
    """True where one of some ASCII letters is in an array, or around it."""
    data = texts.buffers()[2]
    whole = data.to_pybytes() if data is not None else b""
    return len(whole.translate(None, letters.encode())) != len(whole)
