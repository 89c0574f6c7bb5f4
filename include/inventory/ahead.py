"""Work done ahead: two processors for what comes one after the other."""

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def ahead(values: Generator[T, None, None]) -> Iterator[Iterator[T]]:
    """The values, none of them None; each is made in a thread while the one before it is used.

    The first is begun at once. Where the block ends before them, no more are made.
    """
    pool = ThreadPoolExecutor(1)
    try:
        yield _each(pool, values, pool.submit(next, values, None))
    finally:
        pool.shutdown()
        values.close()


def _each(
    pool: ThreadPoolExecutor, values: Generator[T, None, None], following: "Future[T | None]"
) -> Iterator[T]:
    while (value := following.result()) is not None:
        following = pool.submit(next, values, None)
        yield value
