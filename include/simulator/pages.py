"""A moment's list as JSON text, cut into pages.

A Roll is the true list, rendered thousands of records at a time; a Tale is any other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.simulator.dialect import Dialect
from include.simulator.population import Population, Users
from include.simulator.script import Registered

CHUNK = 10_000  # records rendered at once: enough to make the cost per call vanish
CHUNKS_KEPT = 16  # some 45 MB; paging goes forward, so a few are enough for several readers
NAMES: Mapping[str, str] = Dialect().names
Record = dict[str, Any]


class Chunk(NamedTuple):
    """Records, each followed by a comma; record k is text[offsets[k]:offsets[k + 1]]."""

    text: memoryview
    offsets: NDArray[np.int32]


class Roll:
    """The records of one moment, in the order of the user index."""

    def __init__(
        self, population: Population, who: Registered, names: Mapping[str, str] = NAMES
    ) -> None:
        self.population = population
        self.who = who
        self._names = names
        self._chunk = lru_cache(maxsize=CHUNKS_KEPT)(self._render)

    def __len__(self) -> int:
        """Return how many users are registered."""
        return len(self.who.users)

    @property
    def keys(self) -> Users:
        """The user indices, which stay the same when others leave."""
        return self.who.users

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
            self._names,
        )
        _, offsets, text = rendered.buffers()
        return Chunk(memoryview(text), np.frombuffer(offsets, dtype=np.int32))


class Tale:
    """Records told one by one, in the order given; small lists only."""

    def __init__(self, told: Iterable[Record], names: Mapping[str, str] = NAMES) -> None:
        renamed = ({names.get(key, key): value for key, value in one.items()} for one in told)
        self._texts = [json.dumps(one).encode() for one in renamed]
        self.keys: Users = np.arange(len(self._texts))

    def __len__(self) -> int:
        """Return how many records are told."""
        return len(self._texts)

    def page(self, start: int, stop: int) -> bytes:
        """Return records `start` to `stop` (exclusive, cut at the end), separated by commas."""
        return b",".join(self._texts[start:stop])

    def pieces(self, start: int, stop: int) -> Iterator[memoryview]:
        """Yield the same with a comma after the last record too."""
        if text := self.page(start, stop):
            yield memoryview(text + b",")


def render(population: Population, who: Registered, names: Mapping[str, str] = NAMES) -> Any:
    """Return an Arrow array with each record's JSON text and a comma behind it."""
    column = population.columns(who.users)
    key = {field: f"{json.dumps(name)}:" for field, name in names.items()}
    # Nothing in the columns needs escaping in JSON: they hold no quote, backslash or control.
    return pc.binary_join_element_wise(
        f"{{{key['id']}",
        pa.array(who.users + 1).cast(pa.string()),
        f',{key["aor"]}"',
        column["aor"],
        f'",{key["user"]}"',
        column["user"],
        f'",{key["host"]}',
        pc.fill_null(pc.binary_join_element_wise('"', column["host"], '"', ""), "null"),
        f',{key["contact"]}"',
        column["contact"],
        f'",{key["expires"]}',
        pa.array(population.expires(who.users)).cast(pa.string()),
        f",{key['active']}",
        pa.array(["false", "true"]).take(pa.array(who.active.view(np.int8))),
        _node_texts(population, key).take(pa.array(who.nodes)),
        f',{key["userAgent"]}"',
        column["userAgent"],
        '"},',
        "",
    )


def _node_texts(population: Population, key: Mapping[str, str]) -> Any:
    named = zip(population.node_names, population.ip_groups, strict=True)
    return pa.array(
        f',{key["nodeId"]}{index + 1},{key["nodeName"]}"{name}",{key["ipGroup"]}"{group}"'
        for index, (name, group) in enumerate(named)
    )


def records(population: Population, who: Registered) -> list[Record]:
    """Return the records as the list in the API's answer decodes."""
    page = Roll(population, who).page(0, len(who.users))
    decoded: list[Record] = json.loads(b"[" + page + b"]")
    return decoded
