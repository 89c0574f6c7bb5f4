"""What the values of requests look like: in their description, and when they are read."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from include.inventory.connections import LONGEST_NODE
from include.inventory.hierarchies import well_formed
from include.inventory.instants import instant
from include.inventory.selections import NUMBER, RANGE
from include.inventory.texts import LONGEST as LONGEST_TEXT
from include.inventory.texts import checked

# Control characters, and what Python takes for blank.
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_BLANKS = r" \x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_LETTER = rf"[^{_CONTROLS}{_BLANKS}]"
_CHARACTERS = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*"
_TEXT = rf"^{_CHARACTERS}$"
_NOT_BLANK = rf"^{_CHARACTERS}{_LETTER}{_CHARACTERS}$"
_NAME = rf"^{_LETTER}(?:[^{_CONTROLS}]*{_LETTER})?$"
# A path neither begins nor ends with a blank, and no label of it is empty or begins with one.
_END = rf"[^.{_CONTROLS}{_BLANKS}]"
_PATH = rf"^{_END}(?:(?:[^.{_CONTROLS}]|\.[^. {_CONTROLS}])*(?:{_END}|\.{_END}))?$"


def readable(text: str) -> str:
    """The text itself. Raises BadInput for what no text can hold, as a control character."""
    checked("the text", text)
    return text


Number = Annotated[
    str,
    StringConstraints(pattern=rf"^(?:{NUMBER.pattern})$"),
    Field(description="+ and 2 to 15 digits, or 1 to 15 of 0-9*#.", examples=["+442079460123"]),
]
NumberOrRange = Annotated[
    str, StringConstraints(pattern=rf"^(?:{NUMBER.pattern}|{RANGE.pattern})$")
]
Hierarchy = Annotated[
    str,
    StringConstraints(pattern=_PATH, max_length=LONGEST_NODE),
    AfterValidator(well_formed),
    Field(description="The path of a hierarchy node.", examples=["sys.hcs.acme.london"]),
]
Text = Annotated[
    str, StringConstraints(pattern=_TEXT, max_length=LONGEST_TEXT), AfterValidator(readable)
]
# A field of a form that is left blank asks for nothing.
Blank = BeforeValidator(lambda value: value or None)
Name = Annotated[
    str, StringConstraints(pattern=_NAME, max_length=LONGEST_TEXT), AfterValidator(readable)
]
Reason = Annotated[
    str, StringConstraints(pattern=_NOT_BLANK, max_length=LONGEST_TEXT), AfterValidator(readable)
]
Days = Annotated[int, Field(strict=True, ge=0, le=999)]


def _instant(value: object) -> object:
    """This prevents a number from being taken for the seconds since 1970."""
    if isinstance(value, str):
        return instant(value)
    if not isinstance(value, datetime):
        raise ValueError("is no instant; write it as 2026-11-23T00:00:00Z")
    return value


def _reasonable(value: datetime) -> datetime:
    """This prevents an instant that a database in another time zone cannot write down."""
    if not 1900 <= value.year <= 9000:
        raise ValueError("is no instant between the years 1900 and 9000")
    return value


def _day(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("is no day; write it as 2026-11-23")
    return value


Day = Annotated[
    date,
    BeforeValidator(_day),
    Field(ge=date(1900, 1, 1), le=date(9000, 12, 31), examples=["2026-11-23"]),
]
Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_instant),
    AfterValidator(_reasonable),
    Field(strict=False, examples=["2026-11-23T00:00:00Z"]),
]
