"""What is a number and what is a range, and what is neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.inventory.errors import BadInput
from include.inventory.selections import MOST, parse


@pytest.mark.parametrize(
    "number",
    ["0", "1001", "0042", "*55#", "#31#", "9" * 15, "+10", "+" + "9" * 15, "+442079460123"],
)
def test_a_number_is_taken_as_it_is(number: str) -> None:
    assert parse([number]) == ([number], [])


@pytest.mark.parametrize(
    "ends",
    [
        ("1000", "1999"),
        ("0000", "0099"),
        ("007", "007"),
        ("+442079460100", "+442079460199"),
        ("9" * 15, "9" * 15),
    ],
)
def test_a_range_has_both_its_ends(ends: tuple[str, str]) -> None:
    assert parse(["-".join(ends)]) == ([], [ends])


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("", "no number and no range"),
        ("1" * 16, "no number and no range"),
        ("+" + "1" * 16, "no number and no range"),
        ("+1", "no number and no range"),
        ("+0441", "no number and no range"),
        ("10 01", "no number and no range"),
        (" 1001", "no number and no range"),
        ("1001\n", "no number and no range"),
        ("１００１", "no number and no range"),  # noqa: RUF001 - digits of full width
        ("1001\u200b", "no number and no range"),
        ("\u202e1001", "no number and no range"),
        ("1001-", "no number and no range"),
        ("-1001", "no number and no range"),
        ("1001-1002-1003", "no number and no range"),
        ("*10-*20", "no number and no range"),
        ("1001; DROP TABLE numbers.number", "no number and no range"),
        ("100-1000", "both ends have the same form and length"),
        ("+4410-4420", "both ends have the same form and length"),
        ("4410-+4420", "both ends have the same form and length"),
        ("1010-1001", "ends before it begins"),
        ("00000000-99999999", "give 1 to 10,000,000"),
    ],
)
def test_what_is_neither_is_named_and_refused(wish: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        parse(["1001", wish])


def test_nothing_is_no_wish() -> None:
    with pytest.raises(BadInput, match="0 numbers are asked for"):
        parse([])


def test_the_sizes_of_ranges_add_up() -> None:
    half = MOST // 2
    assert parse([f"10000000-{10000000 + half - 1}", f"20000000-{20000000 + half - 1}"])
    with pytest.raises(BadInput, match="10,000,001 numbers"):
        parse([f"10000000-{10000000 + half - 1}", f"20000000-{20000000 + half - 1}", "1"])


@given(st.text())
def test_any_text_is_taken_as_it_is_or_refused(text: str) -> None:
    try:
        named, ranges = parse([text])
    except BadInput as refusal:
        said = str(refusal)
    else:
        assert named == [text] or ["-".join(ends) for ends in ranges] == [text]
        return
    assert said.isprintable()
    assert len(said) < 600
