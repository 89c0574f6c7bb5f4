"""One read of the list of registered users: page after page, and what proves that it is whole."""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from include.arm.allowance import Allowance
from include.arm.answers import Record
from include.arm.errors import Incomplete, Malformed
from include.arm.settings import ArmSettings

log = logging.getLogger(__name__)

Page = list[Record]
Query = dict[str, str | int]
Fetch = Callable[[Query, Allowance], Record]
"""From a query to the object that the list's path answers to it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a complete read rests on.

    rows: records handed out; duplicates: those of them handed out before; total: the length that
    the list itself told on its first and last page, None where the API tells none; passes: how
    often the list was read from its beginning.
    """

    pages: int
    rows: int
    total: int | None
    duplicates: int
    seconds: float
    passes: int = 1


class Listing:
    """One read of the list of registered users.

    Iterating it, once, hands out the pages as they come, each a list of records as the API spells
    them. What was handed out is the whole list only when the iteration ends without an error; then
    `evidence` tells what that rests on. Records that came twice are handed out twice.
    """

    def __init__(self, settings: ArmSettings, fetch: Fetch, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._fetch = fetch
        self._clock = clock
        self._evidence: Evidence | None = None
        self._started = False

    @property
    def evidence(self) -> Evidence:
        """What the complete read rests on. Raises Incomplete before its end."""
        if self._evidence is None:
            raise Incomplete(f"{self._settings.base_url}: the list was not read to its end")
        return self._evidence

    def __iter__(self) -> Iterator[Page]:
        if self._started:
            raise RuntimeError("a listing is read once; ask for another one")
        self._started = True
        return self._pages()

    def _pages(self) -> Iterator[Page]:
        settings = self._settings
        if not settings.verify:
            log.warning("%s: the certificate is not verified (verify=false)", settings.base_url)
        allowance = Allowance(settings, self._clock)
        seen = _Seen(settings)
        query: Query | None = _first_query(settings)
        while query is not None:
            body = self._fetch(query, allowance)
            page = seen.add(body)
            yield page
            query = _next_query(settings, query, body, page, seen)
        self._evidence = seen.verdict(allowance.elapsed())


class _Seen:
    """What the pages so far told: 8 bytes for each row, and the totals."""

    def __init__(self, settings: ArmSettings) -> None:
        fields = settings.fields
        self._settings = settings
        self._id = fields.get("id", "id")
        self._otherwise = (
            fields.get("aor", "aor"),
            fields.get("contact", "contact"),
            fields.get("nodeName", "nodeName"),
        )
        self._keys: list[npt.NDArray[np.int64]] = []
        self._digests: set[bytes] = set()
        self._first_total: int | None = None
        self.total: int | None = None
        self.rows = 0

    def add(self, body: Record) -> Page:
        """The records of one more page. Raises Malformed, or Incomplete for a page seen before."""
        page = _records(body, self._settings)
        self.total = _total(body, self._settings)
        if not self._keys:
            self._first_total = self.total
        keys = np.sort(np.fromiter(map(self._key, page), np.int64, len(page)))
        digest = keys.tobytes()
        if digest in self._digests:
            raise Incomplete(
                f"{self._where()}: page {len(self._keys) + 1} repeats one before it; set paging "
                "and its parameters as the API has them"
            )
        self._digests.add(digest)
        self._keys.append(keys)
        self.rows += len(page)
        return page

    def verdict(self, seconds: float) -> Evidence:
        """What a complete read rests on. Raises Incomplete when the totals say it is none."""
        keys = np.concatenate(self._keys)
        keys.sort()
        distinct = self.rows - int(np.count_nonzero(keys[1:] == keys[:-1]))
        if self._first_total != self.total:
            raise Incomplete(
                f"{self._where()}: the list changed while it was read, from {self._first_total} "
                f"to {self.total} registered users; read it again"
            )
        if self.total is not None and distinct != self.total:
            raise Incomplete(
                f"{self._where()}: the list has {self.total} registered users, and {distinct} "
                f"different ones came in {len(self._keys)} pages; read it again"
            )
        duplicates = self.rows - distinct
        return Evidence(len(self._keys), self.rows, self.total, duplicates, seconds)

    def _key(self, record: Record) -> int:
        """What tells this record from others, hashed: rows are counted by it, never dropped."""
        identity = record.get(self._id)
        if identity is not None:
            return hash(str(identity))
        return hash(tuple([str(record.get(name)) for name in self._otherwise]))

    def _where(self) -> str:
        return self._settings.base_url + self._settings.registered_users_path


def _records(body: Record, settings: ArmSettings) -> Page:
    page = body.get(settings.list_key)
    if not isinstance(page, list) or not all(type(record) is dict for record in page):
        raise Malformed(
            f"{settings.base_url}{settings.registered_users_path} answered without a list of "
            f"objects under {settings.list_key!r}, but with {', '.join(map(repr, body))}; set "
            "list_key as the API has it"
        )
    return page


def _total(body: Record, settings: ArmSettings) -> int | None:
    if settings.total_key is None:
        return None
    total = body.get(settings.total_key)
    if isinstance(total, str) and re.fullmatch(r"[0-9]{1,18}", total):
        total = int(total)
    if type(total) is not int or total < 0:
        raise Malformed(
            f"{settings.base_url}{settings.registered_users_path} answered without a total under "
            f"{settings.total_key!r}; set total_key as the API has it, to null if it has none"
        )
    return total


def _first_query(settings: ArmSettings) -> Query:
    size = settings.page_size
    queries: dict[str, Query] = {
        "none": {},
        "page": {settings.page_parameter: 1, settings.page_size_parameter: size},
        "offset": {settings.offset_parameter: 0, settings.limit_parameter: size},
        "cursor": {settings.limit_parameter: size},
    }
    return queries[settings.paging]


def _next_query(
    settings: ArmSettings, query: Query, body: Record, page: Page, seen: _Seen
) -> Query | None:
    """The query for the page after this one; None when there is none."""
    if settings.paging == "cursor":
        return _cursor_query(settings, query, body)
    over = seen.total is not None and seen.rows >= seen.total
    if settings.paging == "none" or over or not page:
        return None
    if settings.paging == "page":
        number = int(query[settings.page_parameter]) + 1
        return {**query, settings.page_parameter: number}
    return {**query, settings.offset_parameter: seen.rows}


def _cursor_query(settings: ArmSettings, query: Query, body: Record) -> Query | None:
    if settings.cursor_key not in body and settings.total_key is None:
        raise Malformed(
            f"{settings.base_url}{settings.registered_users_path} answered without "
            f"{settings.cursor_key!r}; set cursor_key as the API has it"
        )
    cursor = body.get(settings.cursor_key)
    if cursor in (None, ""):
        return None
    return {**query, settings.cursor_parameter: str(cursor)}
