"""Figures that take long to count, kept in this process: each with when it was counted."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

# Figures are kept so long, or so many times as long as it took to count them: one part in twenty
# of a processor at the most is spent on what somebody looks at all the time.
FRESH = timedelta(seconds=60)
SHARE = 20
MOST = 200
# No more scans of the inventory at once than these, however many people look.
COUNTERS = ThreadPoolExecutor(2, thread_name_prefix="counting")


@dataclass(frozen=True)
class Counted(Generic[T]):
    """What was counted, when that began, and how long it took."""

    value: T
    at: datetime
    took: timedelta

    @property
    def is_fresh(self) -> bool:
        """False where it is time to count anew."""
        return datetime.now(UTC) - self.at < max(FRESH, SHARE * self.took)


class Kept(Generic[T]):
    """What a slow function returned for each of its arguments the last time that it was asked."""

    def __init__(self, count: Callable[..., T]) -> None:
        self._count = count
        self._known: OrderedDict[Hashable, Counted[T]] = OrderedDict()
        self._running: dict[Hashable, Future[Counted[T]]] = {}
        self._lock = Lock()

    def get(self, *asked: Hashable, wait: float) -> Counted[T] | None:
        """The figures, fresh ones where they can be had within so many seconds.

        Else those counted before, or None where there are none: they are being counted then, once
        for all who ask. Raises what the function raised.
        """
        with self._lock:
            known = self._known.get(asked)
            if known is not None and known.is_fresh:
                return known
            running = self._running.get(asked)
            if running is None:
                running = self._running[asked] = COUNTERS.submit(self._counted, asked)
        try:
            return running.result(wait)
        except TimeoutError:
            return known

    def _counted(self, asked: tuple[Hashable, ...]) -> Counted[T]:
        at = datetime.now(UTC)
        try:
            value = self._count(*asked)
            counted = Counted(value, at, datetime.now(UTC) - at)
            with self._lock:
                self._known[asked] = counted
                self._known.move_to_end(asked)
                while len(self._known) > MOST:
                    self._known.popitem(last=False)
            return counted
        finally:
            with self._lock:
                self._running.pop(asked, None)
