"""What somebody typed into the one box, as filters of a list of numbers."""

import re
from dataclasses import dataclass

# What people put between the digits of a number.
BETWEEN = re.compile(r"[\s().\-/\u00a0]")
ENDING = re.compile(r"(?:\*|…|\.\.\.)(?P<digits>[0-9*#\s().\-/]+)")
BEGINNING = re.compile(r"(?P<digits>\+?[0-9*#][0-9*#\s().\-/]*|\+)(?:…|\.\.\.)?")
SCHEME = re.compile(r"(?:sips?|tel):", re.IGNORECASE)
LONGEST = 15


@dataclass(frozen=True)
class Search:
    """How a text was understood: by which filter of a list, with which value, told in words.

    ``filter`` is None where nothing was typed, and ``text`` for what is a subscriber or a tag.
    """

    filter: str | None = None
    value: str = ""
    says: str = ""


def understood(typed: str) -> Search:
    """The filter that somebody means: by the form of what was typed alone."""
    text = typed.strip()
    if not text:
        return Search()
    if "@" in text or SCHEME.match(text):
        return Search("aor", text, f"Listed now with the AOR {text}")
    if found := ENDING.fullmatch(text):
        digits = BETWEEN.sub("", found["digits"])
        return _of_digits("ending", digits, f"Numbers that end with {digits}")
    if found := BEGINNING.fullmatch(text):
        digits = BETWEEN.sub("", found["digits"])
        if digits == "+":
            return Search("text", text, "") if len(text) > 1 else Search()
        return _of_digits("prefix", digits, f"Numbers that begin with {digits}")
    return Search("text", text, "")


def _of_digits(name: str, digits: str, says: str) -> Search:
    if len(digits.lstrip("+")) > LONGEST or not digits:
        return Search("text", digits, "")
    return Search(name, digits, says)
