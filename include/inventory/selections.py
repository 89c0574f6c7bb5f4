"""Which numbers an operation is for: some that are named, and ranges of them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from include.inventory.errors import BadInput
from include.inventory.events import Actor

NUMBER = re.compile(r"\+[1-9][0-9]{1,14}|[0-9*#]{1,15}")
RANGE = re.compile(r"(\+[1-9][0-9]{1,14}|[0-9]{1,15})-(\+[1-9][0-9]{1,14}|[0-9]{1,15})")
FORM = "a number is + and 2 to 15 digits, or 1 to 15 of 0-9*#, and a range is FIRST-LAST"
MOST = 10_000_000


@dataclass(frozen=True)
class Selection:
    """Some numbers, the instant, and who asks for what reason.

    ``numbers`` are numbers and ranges (``+4420…00-+4420…99``, both ends included). They are looked
    for at, above and below ``hierarchy``, anywhere where it is None; and only at or below
    ``user_limit`` where there is one. With a ``version``, that of a single number as it was read, a
    number that has been changed since is refused.
    """

    numbers: Sequence[str]
    hierarchy: str | None
    as_of: datetime
    actor: Actor
    reason: str | None = None
    user_limit: str | None = None
    version: str | None = None
    dry_run: bool = False
    per_item: bool = False
    most: int | None = field(default=1000)

    def binds(self) -> dict[str, Any]:
        """What the statements ask for. Raises BadInput for what is no number and no range."""
        named, ranges = parse(self.numbers)
        return {
            "numbers": named,
            "firsts": [first for first, _ in ranges],
            "lasts": [last for _, last in ranges],
            "hierarchy": self.hierarchy,
            "user_limit": self.user_limit,
            "version": self.version,
            "as_of": self.as_of,
            "reason": self.reason,
            "dry_run": self.dry_run,
            "per_item": self.per_item,
            "most": None if self.per_item else self.most,
        } | self.actor.binds()


def parse(wishes: Iterable[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """The numbers and the ranges of a wish: 1 to 10 million numbers in all. Raises BadInput."""
    named, ranges, size = [], [], 0
    for wish in wishes:
        found = RANGE.fullmatch(wish)
        if found:
            first, last = found.groups()
            ranges.append((first, last))
            size += _size(first, last)
        elif NUMBER.fullmatch(wish):
            named.append(wish)
            size += 1
        else:
            raise BadInput(f"{wish[:40]!a} is no number and no range: {FORM}")
    if not 1 <= size <= MOST:
        raise BadInput(f"{size:,} numbers are asked for; give 1 to {MOST:,}")
    return named, ranges


def size(wishes: Iterable[str]) -> int:
    """How many numbers a wish has, those named twice counted twice. Raises BadInput."""
    named, ranges = parse(wishes)
    return len(named) + sum(_size(first, last) for first, last in ranges)


def _size(first: str, last: str) -> int:
    if len(first) != len(last) or first.startswith("+") != last.startswith("+"):
        raise BadInput(f"{first}-{last} is no range: both ends have the same form and length")
    if int(last) < int(first):
        raise BadInput(f"{first}-{last} ends before it begins; give the lower number first")
    return int(last) - int(first) + 1
