"""Why a number is as it is, is said from evidence, state by state."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.inventory.explanations import Evidence, Source, Stay, why

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 12, 14, 15, tzinfo=UTC)
NOW = NOON + DAY
DUE = NOON + 2 * DAY
BLANK = (None, None, None)
DEVICE = ("Used", "Device", "AudioCodes")


def event(cause: str, before: Any, after: Any, **more: Any) -> dict[str, Any]:
    """An event at noon by Ada, from one status, usage and vendor to others."""
    names = ("status", "usage", "vendor")
    sides = [
        dict(zip(names, side if isinstance(side, tuple) else (side, None, None), strict=True))
        for side in (before, after)
    ]
    given = {"as_of": NOON, "actor": "api:ada", "plan": None, "detail": None}
    return given | {"cause": cause, "from": sides[0], "to": sides[1]} | more


def number(status: str | None, *history: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A number as it is shown, with what is said of it alone."""
    blank = dict.fromkeys(("usage", "vendor", "subscriber", "release_date", "reservation_notes"))
    return blank | {"status": status, "history": list(history)} | fields


def stay(begin: int = -5, end: int | None = None, **fields: Any) -> Stay:
    """A phone on SBC-LON-1, from so many days after noon to so many."""
    until = None if end is None else NOON + end * DAY
    given = {"connection": "demo", "node": "SBC-LON-1", "aor": "1000@10.8.5.71", "active": True}
    return Stay(**(given | {"online_from": NOON + begin * DAY, "online_to": until} | fields))


def read(days: int | None = 1, held: str | None = None, **more: Any) -> Source:
    """A list that was read so many days after noon; of which a node may be held since."""
    read_at = None if days is None else NOON + days * DAY
    if held is None:
        return Source("demo", read_at, None, None, None, None)
    said = {"clears": "a list that has numbers of it again", "reason": f"{held} lists none"}
    return Source("demo", read_at, held, NOON, **(said | more))


COOLED = event("cool", DEVICE, "Cooling", plan=5, release_date=DUE, actor="SyncAudioCodes__demo")
COOLING = number("Cooling", COOLED, release_date=DUE)
USED = number("Used", event("claim", "Available", DEVICE), usage="Device", vendor="AudioCodes")
STOPPED = "SBC-LON-1 stopped listing 1000@10.8.5.71"
LISTS = "SBC-LON-1 lists it as 1000@10.8.5.71 since 7 Nov 2026 14:15 UTC"
SINCE = "since 12 Nov 2026 14:15 UTC"
DISTRUSTED = (
    f"the list of SBC-LON-1 is distrusted {SINCE}: SBC-LON-1 lists none; what ends that is a list "
    "that has numbers of it again"
)
CASES = {
    "cooling": (
        COOLING,
        [stay(end=0)],
        [read()],
        f"Cooling {SINCE}, when {STOPPED}; released on 14 Nov 2026 14:15 UTC if still absent then.",
    ),
    "cooling, held": (
        COOLING,
        [stay(end=0)],
        [read(held="SBC-LON-1")],
        f"Cooling {SINCE}, when {STOPPED}; released on 14 Nov 2026 14:15 UTC, but not while "
        f"{DISTRUSTED}.",
    ),
    "cooling, listed again": (
        COOLING,
        [stay(1), stay(end=0)],
        [read()],
        f"Cooling {SINCE}, when {STOPPED}; released on 14 Nov 2026 14:15 UTC, but not while "
        "SBC-LON-1 lists it as 1000@10.8.5.71 since 13 Nov 2026 14:15 UTC.",
    ),
    "cooling, listed again for a while": (
        COOLING,
        [stay(0, end=1, rests_until=NOON + 3 * DAY), stay(end=0, rests_until=DUE)],
        [read()],
        f"Cooling {SINCE}, when {STOPPED}; released on 15 Nov 2026 14:15 UTC if still absent then, "
        "as SBC-LON-1 listed it until 13 Nov 2026 14:15 UTC.",
    ),
    "cooling, away in a hold": (
        COOLING,
        [stay(end=0, rests_until=NOON + 4 * DAY, held_until=NOON + 2 * DAY)],
        [read()],
        f"Cooling {SINCE}, when {STOPPED}; released on 16 Nov 2026 14:15 UTC if still absent then, "
        "as a hold of where it could have been ended on 14 Nov 2026 14:15 UTC.",
    ),
    "approved": (
        number(
            "Cooling",
            COOLED | {"actor": "api:ada", "detail": {"approved_because": "it burnt down"}},
            release_date=DUE,
        ),
        [stay(end=-1)],
        [read()],
        f"Cooling {SINCE}, when {STOPPED} (on 11 Nov 2026 14:15 UTC), which ada approved: it burnt "
        "down; released on 14 Nov 2026 14:15 UTC if still absent then.",
    ),
    "cooling of a subscriber": (
        number("Cooling", event("unassign", "Used", "Cooling"), release_date=DUE),
        [],
        [],
        f"Cooling {SINCE}, when ada unassigned it; released on 14 Nov 2026 14:15 UTC.",
    ),
    "used": (USED, [stay()], [read()], f"Used by AudioCodes: {LISTS}."),
    "used at several": (
        USED,
        [stay(), stay(aor="1")],
        [read()],
        f"Used by AudioCodes: {LISTS} (and 1 more).",
    ),
    "used, not active": (
        USED,
        [stay(active=False)],
        [read()],
        f"Used by AudioCodes: {LISTS}, although that registration is not active.",
    ),
    "used, withheld": (
        USED,
        [stay(end=0)],
        [read(held="SBC-LON-1")],
        f"Used by AudioCodes, although {STOPPED} on 12 Nov 2026 14:15 UTC; its removal is withheld "
        f"because {DISTRUSTED}.",
    ),
    "used, hold hidden from a limited user": (
        USED,
        [stay(end=0)],
        [read(held="SBC-LON-1", reason=None, clears=None)],
        f"Used by AudioCodes, although {STOPPED} on 12 Nov 2026 14:15 UTC; its removal is withheld "
        f"because the list of SBC-LON-1 is distrusted {SINCE}.",
    ),
    "used, missed": (
        USED,
        [stay(end=0)],
        [read(held="SBC-PAR-1")],
        f"Used by AudioCodes, although {STOPPED} on 12 Nov 2026 14:15 UTC; it cools once enough "
        "lists in a row lack it.",
    ),
    "used, never seen": (
        USED,
        [],
        [read()],
        f"Used by AudioCodes {SINCE}: claim; no list has had it yet.",
    ),
    "subscriber": (
        number(
            "Used",
            event("assign", "Available", ("Used", "User", "Cisco"), detail={"reason": "T-1"}),
            event("edit", ("Used", "User", "Cisco"), ("Used", "User", "Cisco"), as_of=NOW),
            usage="User",
            vendor="Cisco",
            subscriber="j.doe",
        ),
        [],
        [],
        f"Used by Cisco / User / j.doe {SINCE}: assigned by ada (T-1).",
    ),
    "conflict": (
        number(
            "Used-Utility",
            event("mark utility", "Available", ("Used-Utility", "Hunt_Pilot", None)),
            usage="Hunt_Pilot",
        ),
        [stay()],
        [read()],
        f"Used-Utility by Hunt_Pilot {SINCE}: marked by ada; a conflict, for {LISTS}.",
    ),
    "reserved": (
        number(
            "Reserved",
            event("reserve", "Available", "Reserved"),
            release_date=DUE,
            reservation_notes="for Zoe",
        ),
        [],
        [],
        f"Reserved {SINCE} by ada (for Zoe); reserved until 14 Nov 2026 14:15 UTC.",
    ),
    "reserved without end": (
        number("Reserved", event("reserve", "Available", "Reserved")),
        [],
        [],
        f"Reserved {SINCE} by ada; until somebody ends it.",
    ),
    "released": (
        number(
            "Available",
            COOLED | {"as_of": NOON - 2 * DAY},
            event(
                "release", "Cooling", "Available", detail={"from_release_date": NOON.isoformat()}
            ),
        ),
        [stay(end=-2)],
        [read()],
        f"Available {SINCE}: released after cooling 2 days.",
    ),
    "never seen": (
        number("Available", event("import", BLANK, "Available", actor="terminal:ann")),
        [],
        [read()],
        f"Available {SINCE}: imported by ann; no list has ever had it.",
    ),
    "without a history": (number("Available"), [], [], "Available; no list has ever had it."),
    "freed at once": (
        number("Available", event("free", DEVICE, "Available", plan=5)),
        [stay(end=0)],
        [read()],
        f"Available {SINCE}, when {STOPPED}: its cooling lasts 0 days.",
    ),
    "available and listed": (
        number("Available", event("end cooling", "Cooling", "Available")),
        [stay()],
        [read()],
        f"Available {SINCE}, when ada ended its cooling; but {LISTS}; the next sync takes it as "
        "Used.",
    ),
    "deleted": (
        number(None, event("delete", "Available", BLANK)),
        [],
        [],
        "Deleted on 12 Nov 2026 14:15 UTC by ada; it was Available.",
    ),
    "moved": (
        number(None, event("move", "Available", BLANK, detail={"to_hierarchy": "sys.leeds"})),
        [],
        [],
        "Moved to sys.leeds on 12 Nov 2026 14:15 UTC by ada.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_one_sentence_says_why(case: str) -> None:
    shown, stays, sources, said = CASES[case]
    assert why(shown, Evidence(stays, sources), NOW) == said


@pytest.mark.parametrize(
    ("stays", "sources", "said"),
    [
        ([stay(end=0)], [read(3)], ": the next run of release_numbers does so."),
        ([stay(end=0)], [read(1)], ", but demo was last read on 13 Nov 2026 14:15 UTC."),
        ([stay(end=0)], [read(None)], ", but demo has not been read."),
        ([stay(end=0)], [read(3, held="SBC-LON-1")], f", but {DISTRUSTED}."),
        ([stay(end=0)], [read(3, held="SBC-PAR-1")], None),
        ([stay()], [read(3)], f", but {LISTS}."),
        ([], [read(None)], ": the next run of release_numbers does so."),
    ],
)
def test_a_late_release_says_what_keeps_it(
    stays: list[Stay], sources: list[Source], said: str | None
) -> None:
    told = why(COOLING, Evidence(stays, sources), NOON + 4 * DAY)
    late = "it was to be released on 14 Nov 2026 14:15 UTC"
    if said is None:
        assert f"{late}, but the list of SBC-PAR-1 is distrusted" in told
    else:
        assert told.endswith(late + said)
