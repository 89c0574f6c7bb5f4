"""What takes long to count is counted once for all who ask, and never passed off as new."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

import pytest

from include.web.pages import kept
from include.web.pages.kept import Kept

LONG = 5.0


def counter() -> tuple[Callable[[str], str], list[str], Event]:
    """A function that ends when an event is set, and what it was asked."""
    asked: list[str] = []
    goes_on = Event()

    def count(what: str) -> str:
        asked.append(what)
        goes_on.wait(LONG)
        return f"{what} {len(asked)}"

    return count, asked, goes_on


def test_nothing_is_waited_for_longer_than_asked() -> None:
    count, asked, goes_on = counter()
    figures = Kept(count)
    assert figures.get("a", wait=0) is None
    goes_on.set()
    found = figures.get("a", wait=LONG)
    assert found is not None
    assert found.value == "a 1"
    assert asked == ["a"]


def test_all_who_ask_at_once_get_what_is_counted_once() -> None:
    count, asked, goes_on = counter()
    figures = Kept(count)
    found = []
    askers = [Thread(target=lambda: found.append(figures.get("a", wait=LONG))) for _ in range(8)]
    for asker in askers:
        asker.start()
    goes_on.set()
    for asker in askers:
        asker.join()
    assert asked == ["a"]
    assert len(set(map(id, found))) == 1


def test_what_is_old_is_given_as_old_until_it_is_counted_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept, "FRESH", timedelta(0))
    monkeypatch.setattr(kept, "SHARE", 0)
    count, _, goes_on = counter()
    figures = Kept(count)
    goes_on.set()
    first = figures.get("a", wait=LONG)
    goes_on.clear()
    old = figures.get("a", wait=0)
    assert old is first
    assert old is not None
    assert not old.is_fresh
    goes_on.set()
    new = figures.get("a", wait=LONG)
    assert new is not None
    assert new.value == "a 2"
    assert new.at > old.at


def test_what_takes_long_is_counted_less_often() -> None:
    count, asked, goes_on = counter()
    goes_on.set()
    figures = Kept(count)
    found = figures.get("a", wait=LONG)
    assert found is not None
    at = found.at - kept.FRESH
    assert not kept.Counted("", at, took=timedelta(seconds=1)).is_fresh
    assert kept.Counted("", at, took=timedelta(seconds=5)).is_fresh
    assert figures.get("a", wait=0) is found
    assert asked == ["a"]


def test_an_error_is_told_and_not_kept() -> None:
    outcomes: list[str | Exception] = [ValueError("no server"), "well"]

    def count() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    figures = Kept(count)
    with pytest.raises(ValueError, match="no server"):
        figures.get(wait=LONG)
    found = figures.get(wait=LONG)
    assert found is not None
    assert found.value == "well"


def test_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 2)
    asked: list[str] = []
    figures = Kept(asked.append)
    for what in "abc":
        figures.get(what, wait=LONG)
    figures.get("c", wait=LONG)
    figures.get("a", wait=LONG)
    assert asked == ["a", "b", "c", "a"]
