"""Charts, drawn on the server, whose text keeps its size however wide a page is.

Widths are in per cent and heights in pixels. Colours are classes of the style sheet, so that they
follow the theme, and every bar says in words what it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count

HEIGHT = 180
# The least height of what is not nothing: it can be seen, and pointed at.
LEAST = 1.5


@dataclass(frozen=True)
class Part:
    """How many of something there are: the word for it, and the class of its colour."""

    word: str
    kind: str
    amount: int


@dataclass(frozen=True)
class Bar:
    """A bar to be drawn: what it stands for, in one word below it and in a few, and its parts."""

    label: str
    says: str
    parts: Sequence[Part]
    address: str | None = None
    day: date | None = None

    @property
    def amount(self) -> int:
        """All of its parts; one that is less than nothing, as a history with gaps may have it, is
        as if it were not there."""
        return sum(max(part.amount, 0) for part in self.parts)

    @property
    def readout(self) -> str:
        """The bar in words, without the parts that are nothing."""
        parts = ", ".join(f"{p.word} {p.amount:,}" for p in self.parts if p.amount)
        return f"{self.says}: {parts or 'none'}"


@dataclass(frozen=True)
class Box:
    """A rectangle: x and width in per cent, y and height in pixels."""

    x: float
    width: float
    y: float
    height: float
    kind: str


@dataclass(frozen=True)
class Column:
    """A bar as it is drawn: its boxes, the lowest first, and where it is.

    Labelled is "" without a label, "desk" with one where there is room, "everywhere" else.
    """

    bar: Bar
    x: float
    width: float
    middle: float
    labelled: str
    boxes: Sequence[Box]


@dataclass(frozen=True)
class Chart:
    """Columns above an axis; ``rules`` are amounts and the heights that they are drawn at."""

    columns: Sequence[Column]
    rules: Sequence[tuple[int, float]]
    height: int = HEIGHT


def columns(bars: Sequence[Bar], *, height: int = HEIGHT, labels: int = 10) -> Chart:
    """A chart of bars side by side, the parts of each above one another; so many have labels."""
    rules = scale(max((bar.amount for bar in bars), default=0))
    step = 100 / max(len(bars), 1)
    every = max(1, -(-len(bars) // labels))
    drawn = []
    for place, bar in enumerate(bars):
        x, width = place * step + step * 0.1, step * 0.8
        from_end = len(bars) - 1 - place
        labelled = "" if from_end % every else "desk" if from_end // every % 2 else "everywhere"
        boxes = _stacked(bar.parts, x, width, height, height / rules[-1])
        drawn.append(Column(bar, place * step, step, x + width / 2, labelled, boxes))
    return Chart(drawn, [(rule, height - height * rule / rules[-1]) for rule in rules], height)


def strip(parts: Sequence[Part], height: int = 8) -> list[Box]:
    """The parts side by side in one bar that is as wide as can be."""
    total = sum(part.amount for part in parts)
    boxes, x = [], 0.0
    for part in parts:
        if part.amount:
            width = 100 * part.amount / total
            boxes.append(Box(round(x, 3), round(width, 3), 0, height, part.kind))
            x += width
    return boxes


def scale(most: int) -> list[int]:
    """Round amounts in equal steps from 0 up, at most five: the last is not less than the most."""
    steps = (figure * 10**digits for digits in count() for figure in (1, 2, 5))
    step = next(step for step in steps if 5 * step >= most)
    return list(range(0, max(most, 1) + step, step))


def _stacked(parts: Sequence[Part], x: float, width: float, height: int, unit: float) -> list[Box]:
    boxes, y = [], float(height)
    for part in parts:
        if part.amount > 0:
            tall = max(part.amount * unit, LEAST)
            y -= tall
            boxes.append(Box(round(x, 3), round(width, 3), round(y, 2), round(tall, 2), part.kind))
    return boxes
