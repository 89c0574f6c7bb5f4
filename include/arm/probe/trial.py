"""One ARM while it is tried out: what was asked, what came, and what its settings should be."""

from collections.abc import Mapping
from typing import Any, Self, cast

import msgspec

from include.arm.exchange import Exchange, Heard
from include.arm.pages import Decoder, Page
from include.arm.paging import Pager, Query
from include.arm.probe import guesses
from include.arm.probe.findings import Finding, amended, quotable
from include.arm.settings import ArmSettings

ROWS = 100
"""So many registered users a first page is asked for at most: enough to learn their fields from."""

FEWEST = 4
"""So many at least, so that a short page can be held against the middle of it."""


class Over(Exception):
    """There is no going on after this finding."""

    def __init__(self, what: str, said: str, change: dict[str, object] | None = None) -> None:
        super().__init__(said)
        self.finding = Finding(False, what, said, change or {})


class Trial:
    """One ARM that is tried out, each request sent once. A context manager.

    settings: as they should be, as far as that is found out. document: the answer that is looked
    at, decoded. credentials: what goes with a request. token: what the login gave, to be kept out
    of what is told. refused: why the first query was, where another one was answered. bare: whether
    that one had no parameters.
    """

    def __init__(self, settings: ArmSettings) -> None:
        self.settings = settings
        self.exchange = Exchange(settings, listener=self._hear, attempts=1)
        self.credentials: dict[str, Any] = {}
        self.token = ""
        self.refused: str | None = None
        self.bare = False
        self.document: object = None
        self._body = b""
        self._heard: Heard | None = None

    def __enter__(self) -> Self:
        self.exchange.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.exchange.__exit__()

    # What the last answer was

    @property
    def status(self) -> int | None:
        """Its status; None where there was no answer."""
        return None if self._heard is None else self._heard.status

    @property
    def said(self) -> str:
        """Its body, as text."""
        return "" if self._heard is None else self._heard.body.decode(errors="replace")

    @property
    def refusal(self) -> str:
        """What it says of a request that it refuses, for a message; blank where that is secret."""
        if self.status not in (400, 422):
            return ""
        settings = self.settings
        password = settings.password.get_secret_value()
        said = quotable(self.said, settings.login, password, self.token)
        return f"; it says: {said}" if said else ""

    @property
    def challenge(self) -> str:
        """How it wants to be asked, in small letters: bearer, basic."""
        headers = {} if self._heard is None else self._heard.headers
        return headers.get("WWW-Authenticate", "").strip().lower()

    # Asking

    def login(self) -> bytes:
        """What the login answers. Raises the ArmError that fits."""
        settings = self.settings
        credentials = {
            settings.login_name_key: settings.login,
            settings.login_pass_key: settings.password.get_secret_value(),
        }
        self._heard = None
        return self.exchange.ask("POST", settings.login_path, json=credentials)

    def get(self, query: Query) -> bytes:
        """What the list's path answers. Raises the ArmError that fits."""
        self._heard = None
        path = self.settings.registered_users_path
        return self.exchange.ask("GET", path, params=query, **self.credentials)

    def ask(self, number: int, size: int) -> Page:
        """The page of that number, from 0, where all have that size."""
        return self.decoded(self.get(self.query(number, size)))

    def query(self, number: int, size: int) -> Query:
        """The query for it."""
        settings = self.settings.model_copy(update={"page_size": size})
        first = Pager(settings, careful=False).first
        if settings.paging == "page":
            return {**first, settings.page_parameter: settings.first_page + number}
        if settings.paging == "offset":
            return {**first, settings.offset_parameter: number * size}
        return first

    @property
    def size(self) -> int:
        """How many rows the first page is asked for."""
        return max(FEWEST, min(self.settings.page_size, ROWS))

    # The answer that is looked at

    def take(self, body: bytes) -> None:
        """Make an answer the one that is looked at."""
        try:
            self.document = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Over("List", f"the answer is broken JSON: {error}") from error
        self._body = body

    def under(self, key: str | None) -> object:
        """What it has under a key; the whole where there is none."""
        return self.document if key is None else guesses.at(self.document, key)

    @property
    def has_list(self) -> bool:
        """Whether there is a list where the settings say."""
        return isinstance(self.under(self.settings.list_key), list)

    @property
    def rows(self) -> list[dict[str, object]]:
        """The registered users in it. Raises Over where they are none."""
        key = self.settings.list_key
        found = self.under(key)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise Over("List", f"what is under {key!r} is no list of objects; set list_key")
        return cast("list[dict[str, object]]", found)

    @property
    def keys(self) -> str:
        """What it has at the top, for a message."""
        names = list(self.document)[:20] if isinstance(self.document, Mapping) else []
        return ", ".join(map(repr, names)) or type(self.document).__name__

    @property
    def total(self) -> int | None:
        """How long it says the list is."""
        key = self.settings.total_key
        if key is None or self.settings.list_key is None:
            return None
        total = self.under(key)
        if isinstance(total, str) and total.isascii() and total.isdecimal():
            return int(total)
        return total if type(total) is int else None

    @property
    def page(self) -> Page:
        """It, as a page of registered users. Raises Malformed."""
        return self.decoded(self._body)

    def decoded(self, body: bytes) -> Page:
        """Another answer as a page. Raises Malformed."""
        where = self.exchange.where(self.settings.registered_users_path)
        return Decoder(self.settings).page(body, where)

    def mend(self, what: str, said: str, **change: Any) -> Finding:
        """The finding that settings are wrong; what follows goes by the right ones."""
        try:
            self.settings = amended(self.settings, change)
        except ValueError as error:
            raise Over(what, f"{said}; {error}") from error
        return Finding(False, what, f"{said}; set {', '.join(change)}", change)

    def _hear(self, heard: Heard) -> None:
        self._heard = heard
