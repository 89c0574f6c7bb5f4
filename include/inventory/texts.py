"""Free text that people give: what a database, a spreadsheet and a page can hold and show."""

import re

from include.inventory.errors import BadInput

LONGEST = 1000
# Control characters, a tab and a line's end aside, and halves of characters.
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def checked(name: str, value: str | None) -> str | None:
    """The text without blanks around it; None where nothing is left.

    Raises BadInput, naming the field, for a text of more than 1,000 characters and for control
    characters.
    """
    text = (value or "").strip()
    if len(text) > LONGEST:
        raise BadInput(f"{name} has {len(text)} characters; at most {LONGEST} are kept")
    if unfit := UNFIT.search(text):
        raise BadInput(f"{name} has the control character {unfit.group()!a}; leave it out")
    return text or None
