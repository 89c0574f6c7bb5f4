"""What the reading of one list may take: its time."""

import threading
from collections.abc import Callable

from include.arm.errors import DeadlineExceeded


class Allowance:
    """What is left of it, for all who take part. The time runs from here, by `clock` (seconds)."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._start = clock()
        self._ended = threading.Event()

    def elapsed(self) -> float:
        """Seconds since the reading began."""
        return self._clock() - self._start

    def left(self) -> float:
        """Seconds that are left, none when it is over or was ended."""
        return 0.0 if self._ended.is_set() else self._seconds - self.elapsed()

    def check(self, where: str) -> float:
        """The seconds that are left. Raises DeadlineExceeded when there are none."""
        left = self.left()
        if left <= 0:
            raise self.exceeded(where)
        return left

    def exceeded(self, where: str) -> DeadlineExceeded:
        """The error to raise when the time is over, or too short for what must be waited for."""
        return DeadlineExceeded(
            f"{where}: the whole list may take {self._seconds:g} s, and that is not enough; "
            "look at the server's load, or raise deadline"
        )

    def end(self) -> None:
        """Nothing is left from now on, and whoever pauses wakes up."""
        self._ended.set()

    def pause(self, seconds: float) -> None:
        """Wait so long, or until the end."""
        self._ended.wait(seconds)
