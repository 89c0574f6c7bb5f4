"""The list of registered users, read until it holds still, and what proves that it is whole.

An API that pages shows a list that changes meanwhile: who leaves moves those behind onto pages
that were read already, and with somebody else arriving not even the length tells. So a list of
several pages is read twice. Whoever was there in both passes was there between them, when the
second pass began; if there are as many as the list had then, by its own word, they are the list.
"""

import logging
import re
from abc import ABC, abstractmethod
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np
import tenacity

from include.arm.endpoints import Endpoint
from include.arm.errors import Incomplete, Malformed
from include.arm.pages import Decoder, Page
from include.arm.paging import Pager, Query
from include.arm.settings import ArmSettings

log = logging.getLogger(__name__)

Kept = TypeVar("Kept")
Ask = Callable[[Query], tuple[str, bytes]]
"""From a query to where it went, and the JSON text that came."""

Sum = tuple[int, int]
"""Of many rows: how many, and a sum over hashes of what is in them, whatever their order."""

AHEAD_PAGES, AHEAD_BYTES = 16, 4 << 20
"""So many pages may be asked for or wait, as far as they come to no more than that: so that the
server has something to do while a thousand rows are dealt with."""

TRIES = 3
"""How often a list that moves is read anew, each time twice, before it is given up."""


class Moved(Incomplete):
    """The list changed while it was read; to be read again."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a complete read rests on.

    pages, rows, duplicates: of the pass that was kept; duplicates are rows that came before in it.
    total: the length that the list itself told throughout, None where the API tells none.
    nodes: addresses by SBC node, "" for those without; one on two pages counts twice.
    passes: how often the list was read, confirming included. seconds: how long all of it took.
    """

    pages: int
    rows: int
    total: int | None
    duplicates: int
    nodes: Mapping[str, int]
    passes: int
    seconds: float


class Readable(ABC):
    """A list of registered users, to be read by `read`."""

    def __init__(self, settings: Endpoint) -> None:
        self._base_url = settings.base_url
        self._evidence: Evidence | None = None

    @property
    def evidence(self) -> Evidence:
        """What the complete read rests on. Raises Incomplete before its end."""
        if self._evidence is None:
            raise Incomplete(f"{self._base_url}: the list was not read to its end")
        return self._evidence

    def read(self, keep: Callable[[Iterator[Page]], Kept]) -> Kept:
        """What `keep` makes of the pages of the whole list.

        It is given all pages, once, and called anew when the list has moved meanwhile, TRIES times
        in all: its pages then end in an error, and what it made of them is no list. Raises the
        ArmError that fits when there is no list to be had.
        """
        trying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Moved),
            stop=tenacity.stop_after_attempt(TRIES),
            before_sleep=lambda state: log.warning(
                "%s", state.outcome and state.outcome.exception()
            ),
            reraise=True,
        )
        try:
            return trying(lambda: keep(self._whole()))
        except Moved as moved:
            raise Incomplete(str(moved)) from moved

    @abstractmethod
    def _whole(self) -> Iterator[Page]:
        """The pages of the list, then its evidence. Raises Moved when it must be read anew."""


class Listing(Readable):
    """The list of registered users of one ARM."""

    def __init__(self, settings: ArmSettings, ask: Ask, elapsed: Callable[[], float]) -> None:
        super().__init__(settings)
        self._settings = settings
        self._ask = ask
        self._elapsed = elapsed
        self._decoder = Decoder(settings)
        self._comparing = Decoder(settings, only_compared=True)
        self._passes = 0
        self._before: Sum | None = None

    def _whole(self) -> Iterator[Page]:
        """The pages of the list; after the last one, whether that was all of it."""
        first, nodes = _Pass(self._settings), Counter[str]()
        before, self._before = self._before, None
        again = self._passes > 0
        self._passes += 1
        for page in self._pages(self._decoder, careful=again):
            first.add(page)
            nodes.update(_addresses_by_node(page))
            yield page
        total, duplicates = first.settled()
        self._before = first.content
        if total is None and self._settings.paging == "none":
            log.warning(
                "%s: nothing tells that %s registered users are all of them; set total_key, or "
                "paging, or cross_checks",
                first.where,
                first.rows,
            )
        if first.pages > 1 and (again or self._settings.confirm == "always"):
            self._confirm(first, before, careful=again)
        self._evidence = Evidence(
            pages=first.pages,
            rows=first.rows,
            total=total,
            duplicates=duplicates,
            nodes=dict(nodes),
            passes=self._passes,
            seconds=self._elapsed(),
        )

    def _confirm(self, first: "_Pass", before: Sum | None, *, careful: bool) -> None:
        """Return where another pass shows the same list: the one before, or one more."""
        if first.content == before:
            return
        self._before = None
        second = _Pass(self._settings)
        self._passes += 1
        for page in self._pages(self._comparing, careful=careful):
            second.add(page)
        second.settled()
        self._before = second.content
        if second.content != first.content:
            raise Moved(
                f"{second.where}: the list changed while it was read, with as many registered "
                "users as before; read it again"
            )

    def _pages(self, decoder: Decoder, *, careful: bool) -> Iterator[Page]:
        """The pages of one pass, in order; those that are known to follow are asked for ahead."""
        pager = Pager(self._settings, careful=careful)
        size = self._settings.concurrency
        pool = ThreadPoolExecutor(size, thread_name_prefix="arm")
        waiting: deque[Future[tuple[str, bytes]]] = deque([pool.submit(self._ask, pager.first)])
        try:
            while waiting:
                where, body = waiting.popleft().result()
                page = decoder.page(body, where)
                most = max(2 * size, min(AHEAD_PAGES, AHEAD_BYTES // len(body)))
                del body
                following = pager.after(page, _total(page, self._settings))
                room = most - len(waiting)
                waiting.extend(pool.submit(self._ask, query) for query in islice(following, room))
                yield page
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


class _Pass:
    """What the pages of one pass tell: 8 bytes for each row, and the totals."""

    def __init__(self, settings: ArmSettings) -> None:
        self._settings = settings
        self._identities = array("q")
        self._contents: set[int] = set()
        self._totals: list[int | None] = []
        self.where = settings.base_url + settings.registered_users_path
        self.content: Sum = (0, 0)

    @property
    def pages(self) -> int:
        """How many pages there were."""
        return len(self._totals)

    @property
    def rows(self) -> int:
        """How many rows there were."""
        return self.content[0]

    def add(self, page: Page) -> None:
        """Take one more page into account. Raises Moved for a page seen before."""
        content = hash(page.contents.tobytes())
        if content in self._contents:
            raise Moved(
                f"{page.where}: page {self.pages + 1} repeats one before it; set paging and its "
                "parameters as the API has them"
            )
        self._contents.add(content)
        rows, sum_ = self.content
        self.content = rows + len(page), (sum_ + int(page.contents.sum())) % 2**64
        self._totals.append(_total(page, self._settings))
        self._identities.frombytes(page.identities.tobytes())

    def settled(self) -> tuple[int | None, int]:
        """The list's total and how many rows came twice. Raises Moved when they say it is none."""
        first, *_, last = self._totals * 2
        identities = np.frombuffer(self._identities, np.int64)
        identities.sort()
        duplicates = int(np.count_nonzero(identities[1:] == identities[:-1]))
        self._identities = array("q")  # they are many, and not needed any more
        distinct = self.rows - duplicates
        if first != last:
            raise Moved(
                f"{self.where}: the list changed while it was read, from {first} to {last} "
                "registered users; read it again"
            )
        if last is not None and distinct != last:
            raise Moved(
                f"{self.where}: the list has {last} registered users, and {distinct} different "
                f"ones came in {self.pages} pages; read it again, or set total_key to none if it "
                "counts something else"
            )
        return last, duplicates


def _addresses_by_node(page: Page) -> Counter[str]:
    """How many addresses each node has on a page, whatever the number of their contacts."""
    pairs = set(zip(page.columns["nodeName"], page.columns["aor"], strict=True))
    found = Counter[str]()
    for node, addresses in Counter(node for node, _ in pairs).items():
        found[str(node or "")] += addresses
    return found


def _total(page: Page, settings: ArmSettings) -> int | None:
    if settings.total_key is None or settings.list_key is None:
        return None
    total = page.total
    if isinstance(total, str) and re.fullmatch(r"[0-9]{1,18}", total):
        total = int(total)
    if type(total) is not int or total < 0:
        raise Malformed(
            f"{page.where} answered without a total under {settings.total_key!r}; set total_key "
            "as the API has it, to none if it has none"
        )
    return total
