"""What the inventory must show after each reading: a naive model, one dictionary per number.

It shares no code and no idea with the inventory proper, so that agreement between them means
something. Its rules are the life cycle in plain words, for one connection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

STATUSES = ("Available", "Used", "Used-Utility", "Reserved", "Cooling")
Record = Mapping[str, Any]
Number = dict[str, Any]


def by_day(
    rows: Iterable[Mapping[str, str]],
    readings: Sequence[tuple[datetime, Sequence[Record]]],
    cooling: timedelta,
) -> list[dict[str, int]]:
    """Return one count by status after each reading, plus the conflicts found by it.

    `rows` is the inventory to begin with, a reading the instant and the registered users. Each
    reading is followed at once by the release of what is due.
    """
    numbers = {row["internal_number"]: _number(row) for row in rows}
    before: set[str] = set()
    rests: dict[str | None, datetime] = {}
    days = []
    for at, listed in readings:
        seen = {number: user for user in listed if (number := _dialled(user["aor"]))}
        conflicts = _claim(numbers, seen)
        held = _held_nodes(numbers, seen)
        _cool(numbers, seen, held, at + cooling)
        # While a site is held, and for the days after, its numbers rest.
        rests |= {_site(node): at + cooling for node in before - held}
        before = held
        _release(numbers, seen, {_site(node) for node in held}, rests, at)
        counted = Counter(number["status"] for number in numbers.values())
        days.append({status: counted[status] for status in STATUSES} | {"conflicts": conflicts})
    return days


def _number(row: Mapping[str, str]) -> Number:
    due = row["release_date"]
    return {
        "status": row["status"],
        "vendor": row["vendor"],
        "release_date": datetime.fromisoformat(due) if due else None,
        "node": None,
    }


def _dialled(aor: str) -> str | None:
    user = aor.partition("@")[0]
    return user if user.removeprefix("+").isdigit() else None


def _is_ours(number: Number) -> bool:
    return (number["status"], number["vendor"]) == ("Used", "AudioCodes")


def _claim(numbers: dict[str, Number], seen: dict[str, Record]) -> int:
    """Make what is actively registered Used by AudioCodes; return how many others hold."""
    conflicts = 0
    for internal_number, user in seen.items():
        blank = {"status": "Available", "vendor": ""}
        number = numbers.get(internal_number, blank)
        if user["active"] and number["status"] in ("Used", "Used-Utility"):
            conflicts += not _is_ours(number)
        elif user["active"]:
            number |= {"status": "Used", "vendor": "AudioCodes", "release_date": None}
            numbers[internal_number] = number
        number["node"] = user["nodeName"]
    return conflicts


def _held_nodes(numbers: dict[str, Number], seen: dict[str, Record]) -> set[str]:
    """Return the nodes of which too much vanished at once; all of them if overall it is so."""
    had: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for internal_number, number in numbers.items():
        if _is_ours(number):
            had[number["node"]] += 1
            lost[number["node"]] += internal_number not in seen
    if _too_many(lost.total(), had.total(), count=50, percent=5):
        return set(had)
    return {node for node in had if _too_many(lost[node], had[node], count=10, percent=10)}


def _too_many(lost: int, had: int, *, count: int, percent: int) -> bool:
    return lost > 0 and (lost == had or (lost > count and lost * 100 > had * percent))


def _cool(
    numbers: dict[str, Number], seen: dict[str, Record], held: set[str], due: datetime
) -> None:
    for internal_number, number in numbers.items():
        if _is_ours(number) and internal_number not in seen and number["node"] not in held:
            number |= {"status": "Cooling", "vendor": "", "release_date": due}


def _release(
    numbers: dict[str, Number],
    seen: dict[str, Record],
    held: set[str | None],
    rests: Mapping[str | None, datetime],
    at: datetime,
) -> None:
    """Release what is due, unless its phone may have moved to an SBC of its site that is held, or
    that was, and may be about to register again.
    """
    for internal_number, number in numbers.items():
        site = _site(number["node"])
        present = seen.get(internal_number, {"active": False})["active"]
        due = number["status"] == "Cooling" and number["release_date"] <= at
        if due and not present and site not in held and rests.get(site, at) <= at:
            number |= {"status": "Available", "release_date": None}


def _site(node: str | None) -> str | None:
    """The site that an SBC's name begins with: SBC-NYC-2 is one of SBC-NYC."""
    return node.rpartition("-")[0] or node if node else None
