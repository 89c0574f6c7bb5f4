"""A moment's list as JSON text, rendered thousands of records at a time and cut into pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.simulator.population import Population
from include.simulator.script import Registered

CHUNK = 10_000  # records rendered at once: enough to make the cost per call vanish
CHUNKS_KEPT = 16  # some 45 MB; paging goes forward, so a few are enough for several readers


class Chunk(NamedTuple):
    """Records, each followed by a comma; record k is text[offsets[k]:offsets[k + 1]]."""

    text: memoryview
    offsets: NDArray[np.int32]


class Roll:
    """The records of one moment, in the order of the user index."""

    def __init__(self, population: Population, who: Registered) -> None:
        self.population = population
        self.who = who
        self._chunk = lru_cache(maxsize=CHUNKS_KEPT)(self._render)

    def __len__(self) -> int:
        """Return how many users are registered."""
        return len(self.who.users)

    def page(self, start: int, stop: int) -> bytes:
        """Return records `start` to `stop` (exclusive, cut at the end), separated by commas."""
        return b"".join(self.pieces(start, stop))[:-1]

    def pieces(self, start: int, stop: int) -> Iterator[memoryview]:
        """Yield the same a chunk at a time, with a comma after the last record too."""
        start, stop = min(start, len(self)), min(stop, len(self))
        for number in range(start // CHUNK, -(-stop // CHUNK)):
            first, chunk = number * CHUNK, self._chunk(number)
            begin, end = max(start - first, 0), min(stop - first, CHUNK)
            yield chunk.text[chunk.offsets[begin] : chunk.offsets[end]]

    def _render(self, number: int) -> Chunk:
        part = slice(number * CHUNK, (number + 1) * CHUNK)
        rendered = render(
            self.population,
            Registered(self.who.users[part], self.who.nodes[part], self.who.active[part]),
        )
        _, offsets, text = rendered.buffers()
        return Chunk(memoryview(text), np.frombuffer(offsets, dtype=np.int32))


def render(population: Population, who: Registered) -> Any:
    """Return an Arrow array with each record's JSON text and a comma behind it."""
    column = population.columns(who.users)
    # Nothing in the columns needs escaping in JSON: they hold no quote, backslash or control.
    return pc.binary_join_element_wise(
        '{"id":',
        pa.array(who.users + 1).cast(pa.string()),
        ',"aor":"',
        column["aor"],
        '","user":"',
        column["user"],
        '","host":',
        pc.fill_null(pc.binary_join_element_wise('"', column["host"], '"', ""), "null"),
        ',"contact":"',
        column["contact"],
        '","expires":',
        pa.array(population.expires(who.users)).cast(pa.string()),
        ',"active":',
        pa.array(["false", "true"]).take(pa.array(who.active.view(np.int8))),
        _node_texts(population).take(pa.array(who.nodes)),
        ',"userAgent":"',
        column["userAgent"],
        '"},',
        "",
    )


def _node_texts(population: Population) -> Any:
    named = zip(population.node_names, population.ip_groups, strict=True)
    return pa.array(
        f',"nodeId":{index + 1},"nodeName":"{name}","ipGroup":"{group}"'
        for index, (name, group) in enumerate(named)
    )


def records(population: Population, who: Registered) -> list[dict[str, Any]]:
    """Return the records as the list in the API's answer decodes."""
    page = Roll(population, who).page(0, len(who.users))
    decoded: list[dict[str, Any]] = json.loads(b"[" + page + b"]")
    return decoded
