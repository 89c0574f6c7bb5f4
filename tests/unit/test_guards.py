"""The guard withholds mass disappearance, and lets ordinary leaving through."""

import pytest

from include.inventory import guards
from include.inventory.guards import Scope, Verdict


def judge(scopes: list[Scope], *, listed_before: bool = True) -> list[Verdict]:
    return guards.judge(scopes, listed_before=listed_before)


def node(name: str, held: int, removed: int = 0, cooling: int = 0) -> Scope:
    """An SBC node of which the list holds what is not removed."""
    return Scope(name, listed=held - removed, held=held, removed=removed, cooling=cooling)


def scopes_of(verdicts: list[Verdict]) -> list[str | None]:
    return [verdict.node for verdict in verdicts]


def test_ordinary_leaving_passes() -> None:
    assert judge([node("A", 1000, 40), node("B", 1000)]) == []


def test_an_empty_list_holds_the_whole_connection() -> None:
    assert scopes_of(judge([node("A", 3, 3), node("B", 2, 2)])) == [None]


def test_an_empty_list_holds_while_numbers_cool_though_nothing_is_left_to_remove() -> None:
    assert scopes_of(judge([node("A", 0, 0, cooling=1)])) == [None]


def test_a_connection_that_never_listed_anything_may_list_nothing() -> None:
    assert judge([], listed_before=False) == []


def test_a_connection_that_lists_nothing_any_more_is_held_whoever_lists_its_numbers() -> None:
    assert scopes_of(judge([])) == [None]


def test_one_newcomer_does_not_hide_that_all_others_vanished() -> None:
    node_9 = Scope("SBC-9", listed=1, held=9, removed=9, cooling=0)
    assert scopes_of(judge([node_9, node("B", 5000)])) == ["SBC-9"]
    unnamed = Scope("", listed=1, held=50, removed=50, cooling=0)
    assert scopes_of(judge([unnamed])) == [None]


def test_a_node_that_goes_dark_is_held_alone() -> None:
    assert scopes_of(judge([node("A", 3, 3), node("B", 5000)])) == ["A"]


def test_a_node_that_lists_nothing_is_held_while_its_numbers_cool() -> None:
    assert scopes_of(judge([node("A", 0, 0, cooling=2), node("B", 5000)])) == ["A"]


@pytest.mark.parametrize(("removed", "held"), [(11, 109), (12, 100)])
def test_more_than_ten_and_more_than_a_tenth_of_a_node_is_held(removed: int, held: int) -> None:
    assert scopes_of(judge([node("A", held, removed), node("B", 5000)])) == ["A"]


@pytest.mark.parametrize(("removed", "held"), [(10, 20), (11, 110), (1, 2)])
def test_ten_numbers_or_a_tenth_of_a_node_may_go(removed: int, held: int) -> None:
    assert judge([node("A", held, removed), node("B", 5000)]) == []


def test_more_than_fifty_and_a_twentieth_of_a_connection_is_held() -> None:
    spread = [node(f"N{i}", 40, 3) for i in range(17)]
    assert scopes_of(judge(spread)) == [None]
    assert judge(spread[:16]) == []


def test_every_node_losing_much_at_once_is_our_fault() -> None:
    assert scopes_of(judge([node("A", 3, 3), node("B", 100, 11), node("", 5000)])) == [None]


def test_numbers_whose_node_nobody_knows_count_in_the_whole_only() -> None:
    assert judge([node("", 20, 12), node("A", 5000)]) == []


def test_the_reason_tells_the_figures() -> None:
    (verdict,) = judge([node("SBC-1", 100, 11), node("B", 5000)])
    assert verdict.reason == "11 of 100 numbers of SBC-1 vanished at once"
