"""What one read of a list may take: its time, and one more login."""

from collections.abc import Callable

from include.arm.errors import DeadlineExceeded
from include.arm.settings import ArmSettings


class Allowance:
    """What is left of it. The time begins to run when this is made, by `clock` (seconds)."""

    def __init__(self, settings: ArmSettings, clock: Callable[[], float]) -> None:
        self._seconds = settings.deadline
        self._clock = clock
        self._start = clock()
        self.logged_in_again = False

    def elapsed(self) -> float:
        """Seconds since the read began."""
        return self._clock() - self._start

    def left(self) -> float:
        """Seconds that are left, negative when it is over."""
        return self._seconds - self.elapsed()

    def check(self, where: str) -> float:
        """The seconds that are left. Raises DeadlineExceeded when there are none."""
        left = self.left()
        if left <= 0:
            raise self.exceeded(where)
        return left

    def exceeded(self, where: str) -> DeadlineExceeded:
        """The error to raise when the time is over, or too short for what must be waited for."""
        return DeadlineExceeded(
            f"{where}: the whole read may take {self._seconds:g} s, and that is not enough; "
            "look at the server's load, or raise deadline"
        )
