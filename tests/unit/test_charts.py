"""Charts: what is drawn where, in per cent and pixels."""

from itertools import pairwise

import pytest

from include.web.pages import charts
from include.web.pages.charts import Bar, Part


def a_bar(*amounts: int, label: str = "1 Nov") -> Bar:
    words = ("Used", "Cooling", "Available")
    parts = [Part(word, word.lower(), amount) for word, amount in zip(words, amounts, strict=False)]
    return Bar(label, f"{label} 2026", parts)


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (7, [0, 2, 4, 6, 8]),
        (2210, [0, 500, 1000, 1500, 2000, 2500]),
        (5_000_000, [0, 1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000]),
    ],
)
def test_a_scale_is_of_round_steps_and_reaches_the_most(most: int, expected: list[int]) -> None:
    assert charts.scale(most) == expected


def test_parts_stand_above_one_another_and_are_as_high_as_they_are_many() -> None:
    [column] = charts.columns([a_bar(50, 0, 50)], height=100).columns
    assert [(box.kind, box.y, box.height) for box in column.boxes] == [
        ("used", 50, 50),
        ("available", 0, 50),
    ]


def test_what_is_not_nothing_can_be_seen() -> None:
    [column] = charts.columns([a_bar(1_000_000, 1)], height=100).columns
    assert column.boxes[1].height == charts.LEAST


def test_columns_share_the_width_and_the_last_is_labelled() -> None:
    drawn = charts.columns([a_bar(1) for _ in range(30)], labels=10).columns
    assert sum(column.width for column in drawn) == pytest.approx(100)
    assert all(a.x + a.width == pytest.approx(b.x) for a, b in pairwise(drawn))
    assert drawn[-1].labelled == "everywhere"
    assert drawn[-4].labelled == "desk"
    assert sum(1 for column in drawn if column.labelled) == 10


def test_a_chart_of_nothing_has_its_axis() -> None:
    assert charts.columns([]).columns == []
    assert charts.columns([]).rules == [(0, charts.HEIGHT), (1, 0)]
    assert charts.columns([a_bar(0)]).columns[0].boxes == []


def test_a_bar_says_what_it_is_without_what_it_has_none_of() -> None:
    assert a_bar(1966, 0, 237).readout == "1 Nov 2026: Used 1,966, Available 237"
    assert a_bar(0).readout == "1 Nov 2026: none"


def test_a_strip_is_as_wide_as_all_of_its_parts() -> None:
    boxes = charts.strip(a_bar(1, 0, 3).parts)
    assert [(box.x, box.width, box.kind) for box in boxes] == [
        (0, 25, "used"),
        (25, 75, "available"),
    ]
    assert charts.strip(a_bar(0).parts) == []


def test_what_is_less_than_nothing_is_not_drawn() -> None:
    chart = charts.columns([a_bar(10, -5, 10)], height=100)
    assert chart.rules[-1] == (20, 0)
    assert [box.kind for box in chart.columns[0].boxes] == ["used", "available"]
