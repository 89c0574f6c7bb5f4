"""Which page is asked for next, in each of the ways in which an API may page."""

from collections.abc import Iterator

from msgspec import UNSET

from include.arm.errors import Malformed
from include.arm.pages import Page
from include.arm.settings import ArmSettings

Query = dict[str, str | int]


class Pager:
    """Goes through the list once. `first` is the first query, `after` those that follow a page.

    The size that counts is that of the pages that come, whatever was asked for. Once the first
    page has told how long the list is, all the others are known, unless the pager is `careful`:
    then each begins where the rows that came so far end.
    """

    def __init__(self, settings: ArmSettings, *, careful: bool) -> None:
        self._settings = settings
        self._careful = careful
        self._ahead: Iterator[Query] | None = None
        self._rows = 0
        self._pages = 0

    @property
    def first(self) -> Query:
        """The query for the first page."""
        settings = self._settings
        size = settings.page_size
        queries: dict[str, Query] = {
            "none": {},
            "page": {
                settings.page_parameter: settings.first_page,
                settings.page_size_parameter: size,
            },
            "offset": {settings.offset_parameter: 0, settings.limit_parameter: size},
            "cursor": {settings.limit_parameter: size},
        }
        return queries[settings.paging]

    def after(self, page: Page, total: int | None) -> Iterator[Query]:
        """The queries that are known to follow the pages so far, this one the newest."""
        self._rows += len(page)
        self._pages += 1
        if self._pages == 1 and self._is_full(page, total):
            return iter([self._query(1, self._rows)])
        if self._ahead is None:
            self._ahead = iter(()) if self._one_by_one(total) else self._rest(len(page), total or 0)
        return self._next(page, total) if self._one_by_one(total) else self._ahead

    def _is_full(self, page: Page, total: int | None) -> bool:
        """Whether a first page is as long as asked, and as the whole by its own word: the total
        may be of the page. Then a second one must be empty."""
        settings = self._settings
        paged = settings.paging in ("page", "offset")
        return paged and len(page) == total and len(page) >= settings.page_size

    def _one_by_one(self, total: int | None) -> bool:
        return self._careful or total is None or self._settings.paging in ("none", "cursor")

    def _rest(self, size: int, total: int) -> Iterator[Query]:
        """All pages but the first, each as long as it was."""
        starts = range(size, total, size) if size else ()
        for number, start in enumerate(starts, 1):
            yield self._query(number, start)

    def _next(self, page: Page, total: int | None) -> Iterator[Query]:
        if self._settings.paging == "cursor":
            yield from self._at_cursor(page, total)
        elif (
            self._settings.paging != "none" and len(page) and (total is None or self._rows < total)
        ):
            yield self._query(self._pages, self._rows)

    def _query(self, number: int, start: int) -> Query:
        settings = self._settings
        if settings.paging == "page":
            return {**self.first, settings.page_parameter: settings.first_page + number}
        return {**self.first, settings.offset_parameter: start}

    def _at_cursor(self, page: Page, total: int | None) -> Iterator[Query]:
        cursor = page.cursor
        if cursor is UNSET and total is None:
            raise Malformed(
                f"{page.where} answered without {self._settings.cursor_key!r}; set cursor_key as "
                "the API has it"
            )
        if cursor in (None, "", UNSET):
            return
        if not isinstance(cursor, str | int):
            raise Malformed(
                f"{page.where} answered with a cursor that is none; set cursor_key as the "
                "API has it"
            )
        yield {**self.first, self._settings.cursor_parameter: str(cursor)}
