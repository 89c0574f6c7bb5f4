"""The text in which an SBC's command line lists its registered contacts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from include.simulator.pages import Record

TITLE = "*** SBC Registered Contacts ***"


def lines(listed: Iterable[Record], ip_groups: Sequence[str]) -> list[str]:
    """Return a title, and for each AOR a line with it and then a line per contact, indented.

    `ip_groups` are in the order of their rows in the SBC's table.
    """
    of_aor: defaultdict[str, list[str]] = defaultdict(list)
    for one in listed:
        of_aor[one["aor"]].append(_contact(one, ip_groups.index(one["ipGroup"])))
    return [TITLE, *(line for aor, contacts in of_aor.items() for line in (aor, *contacts))]


def aors(listed: Iterable[Record]) -> int:
    """Return how many AORs there are, however many contacts each has."""
    return len({one["aor"] for one in listed})


def _contact(one: Record, ip_group: int) -> str:
    return (
        f"  {one['contact']};expires={one['expires']}; {_activity(one)}; IPG:{ip_group}; "
        f"ID:{one['id']}"
    )


def _activity(one: Record) -> str:
    """Return the documented form of active, and one of the two of not active."""
    if one["active"]:
        return "Active status:1"
    return "Not-Active" if one["id"] % 2 else "Active status:0"
