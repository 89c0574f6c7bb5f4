"""Work done ahead: two processors for what comes one after the other."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(values: Generator[T, None, None]) -> Iterator[T]:
    """The values, none of them None; each is made in a thread while the one before it is used."""
    pool = ThreadPoolExecutor(1)
    try:
        following = pool.submit(next, values, None)
        while (value := following.result()) is not None:
            following = pool.submit(next, values, None)
            yield value
    finally:
        pool.shutdown()
        values.close()
