"""The time of a number as a picture: its status, where it was listed, its events, what is ahead.

Nothing is drawn here: a picture is places and words, which a template makes SVG of.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from include.inventory.explanations import Stay
from include.inventory.instants import written

DAYS = 90
FEWEST = 14
WIDTH = 1000
LEFT, RIGHT = 210, 985
BAND, HEIGHT_OF_BAND = 30, 16
FIRST, STEP, BAR = 62, 22, 12
MOST = 12
LONGEST = 34
NARROWEST = 2.0
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Piece:
    """A time, from x on and so wide; ``kind`` is its class, ``says`` what it was."""

    x: float
    width: float
    kind: str
    says: str


@dataclass(frozen=True)
class Row:
    """The stays at one SBC node under one AOR, at that height."""

    y: int
    label: str
    full: str
    pieces: list[Piece]


@dataclass(frozen=True)
class Mark:
    """An event: the nth of the history."""

    x: float
    nth: int
    kind: str
    says: str


@dataclass(frozen=True)
class Picture:
    """What is drawn. ``due`` is the x of the release date; None without one, or far ahead, where
    ``far`` is its day."""

    height: int
    days: int
    band: list[Piece]
    rows: list[Row]
    more: int
    marks: list[Mark]
    ticks: list[tuple[float, str]]
    now: float
    due: float | None
    due_says: str | None
    far: str | None
    summary: str


@dataclass(frozen=True)
class _Scale:
    begin: datetime
    end: datetime

    def x(self, when: datetime) -> float:
        share = (min(max(when, self.begin), self.end) - self.begin) / (self.end - self.begin)
        return round(LEFT + share * (RIGHT - LEFT), 1)

    def piece(self, begin: datetime, end: datetime, kind: str, says: str) -> Piece | None:
        """A time as far as it is in the picture; None where it is not."""
        if end < self.begin or begin > self.end:
            return None
        x = self.x(begin)
        return Piece(x, round(max(self.x(end) - x, NARROWEST), 1), kind, says)


def picture(number: dict[str, Any], stays: Sequence[Stay], now: datetime) -> Picture:
    """The last days of a number: 90, or fewer where there is nothing before them."""
    history = number["history"]
    scale = _scale(number, stays, now)
    band = [piece for piece in _statuses(scale, history, number, now) if piece]
    rows, more = _rows(scale, stays, now)
    due = number["release_date"]
    seen = due is not None and due <= scale.end
    marks = [
        Mark(scale.x(event["as_of"]), nth, _kind(event["to"]["status"]), _event(event))
        for nth, event in enumerate(history, start=1)
        if scale.begin <= event["as_of"] <= scale.end
    ]
    return Picture(
        height=FIRST + STEP * max(len(rows), 1) + 22,
        days=max((now - scale.begin) // DAY, 1),
        band=band,
        rows=rows,
        more=more,
        marks=marks[-200:],
        ticks=list(_ticks(scale)),
        now=scale.x(now),
        due=scale.x(due) if seen else None,
        due_says=None if due is None else f"release date {written(due)}",
        far=None if due is None or seen else f"{due.astimezone(UTC):%-d %b %Y}",
        summary=_summary(band, rows, due),
    )


def _scale(number: dict[str, Any], stays: Sequence[Stay], now: datetime) -> _Scale:
    """From when to when: so much ahead that a near release date is seen."""
    known = [event["as_of"] for event in number["history"]] + [one.online_from for one in stays]
    first = min(known, default=now) - DAY
    begin = max(now - DAYS * DAY, min(first, now - FEWEST * DAY))
    length = now - begin
    end = now + length / 25
    due = number["release_date"]
    if due is not None and now < due:
        end = min(max(due + length / 25, end), now + length / 3)
    return _Scale(begin, end)


def _statuses(
    scale: _Scale, history: Sequence[dict[str, Any]], number: dict[str, Any], now: datetime
) -> Iterator[Piece | None]:
    """The statuses that a number had, each from the event that made it to the next one."""
    changes = [event for event in history if event["to"] != event["from"]]
    status = changes[0]["from"]["status"] if changes else number["status"]
    begin = scale.begin
    for event in [*changes, None]:
        end = now if event is None else event["as_of"]
        if status is not None and end >= begin:
            says = f"{status} from {written(begin)} to {'now' if event is None else written(end)}"
            yield scale.piece(begin, end, _kind(status), says)
        if event is not None:
            status, begin = event["to"]["status"], event["as_of"]


def _rows(scale: _Scale, stays: Sequence[Stay], now: datetime) -> tuple[list[Row], int]:
    """A row for each SBC node and AOR, the newest first, and how many there is no room for."""
    found: dict[tuple[str, str], list[Piece]] = {}
    for stay in stays:
        until = stay.online_to or now
        end = "now" if stay.online_to is None else written(stay.online_to)
        quiet = "" if stay.active else ", not active"
        says = f"Listed from {written(stay.online_from)} to {end}{quiet}"
        kind = "active" if stay.active else "quiet"
        piece = scale.piece(stay.online_from, until, kind, says)
        if piece is not None:
            found.setdefault((stay.place, stay.aor), []).append(piece)
    rows = [
        Row(FIRST + STEP * nth, _short(f"{place} {aor}"), f"{place} as {aor}", pieces)
        for nth, ((place, aor), pieces) in enumerate(list(found.items())[:MOST])
    ]
    return rows, max(len(found) - MOST, 0)


def _ticks(scale: _Scale) -> Iterator[tuple[float, str]]:
    """Midnights in UTC, as many as have room for their names."""
    days = max((scale.end - scale.begin) // DAY, 1)
    step = next((step for step in (1, 2, 7, 14) if days / step <= 11), 30)
    day = scale.begin.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    while day < scale.end:
        yield scale.x(day), f"{day:%-d %b}"
        day += step * DAY


def _summary(band: Sequence[Piece], rows: Sequence[Row], due: datetime | None) -> str:
    """The same in words, for who does not see it."""
    told = [piece.says for piece in band[-6:]]
    told += [f"{row.full}: {row.pieces[0].says.lower()}" for row in rows]
    if due is not None:
        told.append(f"Release date {written(due)}")
    return ". ".join(told) or "Nothing is known of it"


def _event(event: dict[str, Any]) -> str:
    before, after = event["from"]["status"] or "none", event["to"]["status"] or "none"
    return f"{event['cause']}, {written(event['as_of'])}: {before} → {after}"


def _kind(status: str | None) -> str:
    return (status or "none").lower()


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
