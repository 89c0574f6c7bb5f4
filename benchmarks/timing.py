"""Seconds by step."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Timing(dict[str, float]):
    """Seconds by step, in the order of the steps: ``with timing("plan"): …``."""

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self[step] = self.get(step, 0.0) + time.perf_counter() - begin
