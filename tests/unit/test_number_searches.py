"""What is typed into the one box is understood, and the time of a number is laid out."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.inventory.explanations import Stay
from include.web.pages import timelines
from include.web.pages.searches import understood

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("", None, ""),
        ("   ", None, ""),
        ("+", None, ""),
        ("+44207", "prefix", "+44207"),
        ("+44 (20) 7946-0123", "prefix", "+442079460123"),
        ("+44207…", "prefix", "+44207"),
        ("1001", "prefix", "1001"),
        ("*4567", "ending", "4567"),
        ("…4567", "ending", "4567"),
        ("... 45 67", "ending", "4567"),
        ("1001@10.8.5.71", "aor", "1001@10.8.5.71"),
        ("sip:+4420", "aor", "sip:+4420"),
        ("TEL:+4420", "aor", "TEL:+4420"),
        ("j.doe", "text", "j.doe"),
        ("Cooling for 2", "text", "Cooling for 2"),
        ("4" * 16, "text", "4" * 16),
    ],
)
def test_what_is_typed_is_understood_by_its_form(typed: str, kind: str | None, value: str) -> None:
    found = understood(typed)
    assert (found.filter, found.value) == (kind, value)


def test_a_long_text_is_understood_as_fast_as_a_short_one() -> None:
    begun = time.perf_counter()
    for typed in ("..." + " " * 50_000 + "x", "4" + " ." * 50_000 + "x"):
        assert understood(typed).filter == "text"
    assert time.perf_counter() - begun < 2


def shown(*history: tuple[int, str | None, str | None], **fields: Any) -> dict[str, Any]:
    """A number with events so many days ago, each from a status to another."""
    events = [
        {
            "as_of": NOW - ago * DAY,
            "cause": "sync",
            "from": {"status": before},
            "to": {"status": after},
        }
        for ago, before, after in history
    ]
    return (
        {"status": history[-1][2] if history else "Used", "release_date": None}
        | {"history": events}
        | fields
    )


def test_the_picture_has_each_status_and_stay_in_its_place() -> None:
    number = shown((20, "Available", "Used"), (2, "Used", "Cooling"), release_date=NOW + DAY)
    stays = [
        Stay("demo", "SBC-1", "1000@h", False, NOW - DAY, None),
        Stay("demo", "SBC-1", "1000@h", True, NOW - 20 * DAY, NOW - 2 * DAY),
        Stay("demo", "SBC-2", "1000@i", True, NOW - 20 * DAY, NOW - 10 * DAY),
    ]
    picture = timelines.picture(number, stays, NOW)
    assert picture.days == 21
    assert [piece.kind for piece in picture.band] == ["available", "used", "cooling"]
    for left, right in zip(picture.band, picture.band[1:], strict=False):
        assert left.x + left.width == pytest.approx(right.x, abs=0.2)
    assert picture.band[-1].x + picture.band[-1].width == pytest.approx(picture.now, abs=0.2)
    assert [(row.label, len(row.pieces)) for row in picture.rows] == [
        ("SBC-1 1000@h", 2),
        ("SBC-2 1000@i", 1),
    ]
    assert picture.rows[0].pieces[0].kind == "quiet"
    assert picture.due is not None
    assert picture.now < picture.due < timelines.RIGHT
    assert [mark.nth for mark in picture.marks] == [1, 2]


def test_the_picture_is_of_ninety_days_at_most_and_of_a_near_future() -> None:
    number = shown((400, None, "Used"), (1, "Used", "Cooling"), release_date=NOW + 300 * DAY)
    picture = timelines.picture(number, [], NOW)
    assert (picture.days, len(picture.marks), picture.due) == (90, 1, None)
    assert picture.due_says == "release date 22 Sep 2027 12:00 UTC"
    assert picture.band[0].x == timelines.LEFT


def test_a_deleted_number_has_no_status_any_more() -> None:
    number = shown((5, None, "Available"), (3, "Available", None))
    assert [piece.kind for piece in timelines.picture(number, [], NOW).band] == ["available"]


def test_what_there_is_no_room_for_is_counted() -> None:
    stays = [Stay("demo", f"SBC-{n}", "1@h", True, NOW - DAY, None) for n in range(20)]
    picture = timelines.picture(shown(), stays, NOW)
    assert (len(picture.rows), picture.more) == (timelines.MOST, 20 - timelines.MOST)
