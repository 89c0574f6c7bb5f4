"""Reads one Mediant SBC itself, by its public REST API: how many are registered with it, and who.

The count is a key performance indicator; the list is what the command line prints, asked for as a
script, and so text in the JSON of the answer. That needs a login of Administrator level. The
vendor's text gives neither the body of the indicator nor all that the command prints, so what is
not understood is an error, and a list is believed only while the device counts as many.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from include.arm.errors import Malformed
from include.arm.exchange import Client
from include.arm.listing import Evidence, Moved, Readable
from include.arm.pages import Page, Value, page_of, text_at
from include.arm.settings import COLUMNS, RecordField, SbcSettings

_TITLE = re.compile(r"(?i)\*{3}.*\bregister.*\*{3}")
_HEADING = re.compile(r"(?i)address of record\b.*|[-=\s]+")
_CONTACT = re.compile(r"(?P<aor>[^<]*)(?P<contact><[^<>]*>)(?P<rest>.*)")
_NO_CONTACT = re.compile(r"[^\s<>]+")
_NOT_ACTIVE = re.compile(r"(?i)\bnot-active\b|\bactive\s+status:\s*0\b")
_DEEPEST = 8


class SbcClient(Client):
    """A session with one SBC."""

    def __init__(self, settings: SbcSettings, **exchange: Any) -> None:
        super().__init__(settings, **exchange)
        self.settings = settings

    def count(self) -> int:
        """How many users the device says are registered with it."""
        path, key = self.settings.count_path, self.settings.count_key
        where = self._exchange.where(path)
        body = self._exchange.ask("GET", path, auth=self._exchange.basic())
        found = [_number(value) for value in _under(key, _decoded(body, where))]
        if len(found) != 1 or found[0] is None:
            raise Malformed(
                f"{where} answered without one number under {key!r}; set count_path and count_key "
                "as the device has them"
            )
        return found[0]

    def registered_users(self) -> "SbcListing":
        """The list of registered users, to be read by its `read`."""
        return SbcListing(self.settings, self.count, self._list, self._exchange.allowance.elapsed)

    def _list(self) -> "Listed":
        settings = self.settings
        where = self._exchange.where(settings.script_path)
        script = {"file": ("cli.txt", f"{settings.list_command}\n", "application/octet-stream")}
        body = self._exchange.ask(
            "PUT", settings.script_path, files=script, auth=self._exchange.basic()
        )
        output = text_at(body, "output", where)
        if not isinstance(output, str):
            raise Malformed(f"{where} answered without an output of text; check list_command")
        return parsed(output, settings.node_name, where)


@dataclass(frozen=True)
class Listed:
    """The registrations in one output, and how many addresses they are of: all, and active ones."""

    page: Page
    aors: int
    active: int


class SbcListing(Readable):
    """The list of registered users of one SBC, in one page, once the device counts as many."""

    def __init__(
        self,
        settings: SbcSettings,
        count: Callable[[], int],
        listed: Callable[[], Listed],
        elapsed: Callable[[], float],
    ) -> None:
        super().__init__(settings)
        self._node = settings.node_name
        self._count = count
        self._listed = listed
        self._elapsed = elapsed
        self._passes = 0

    def _whole(self) -> Iterator[Page]:
        self._passes += 1
        before, listed, after = self._count(), self._listed(), self._count()
        if before != after or after not in (listed.active, listed.aors):
            raise Moved(
                f"{listed.page.where}: {listed.aors} addresses are listed, and the device counts "
                f"{before} registered users before and {after} after; read it again"
            )
        yield listed.page
        rows = len(listed.page)
        self._evidence = Evidence(
            pages=1,
            rows=rows,
            total=after,
            duplicates=0,
            nodes={self._node: rows},
            passes=self._passes,
            seconds=self._elapsed(),
        )


def parsed(output: str, node: str, where: str) -> Listed:
    """The registrations in what the command prints: an address, and a line for each contact.

    Lines may be told apart by ". ", as in the vendor's own example. Raises Malformed for an output
    that has no title, and for a line that is none of these.
    """
    lines = [line.strip() for line in re.split(r"\r?\n" if "\n" in output else r"\. ", output)]
    told = [line.rstrip(".").strip() for line in lines if line not in ("", ".")]
    if not (told and _TITLE.fullmatch(told[0])):
        raise Malformed(
            f"{where} answered no list of registrations, but {output[:60]!r}; check list_command"
        )
    rows: list[dict[RecordField, Value]] = []
    aor: str | None = None
    aors: dict[str, bool] = {}
    for line in told[1:]:
        if _HEADING.fullmatch(line):
            continue
        contact = _CONTACT.fullmatch(line)
        if contact is None and not _NO_CONTACT.fullmatch(line):
            raise Malformed(f"{where} listed {line[:60]!r}, which is no registration")
        aor = (contact["aor"].strip() if contact else line) or aor
        if aor is None:
            raise Malformed(f"{where} listed a contact before any address: {line[:60]!r}")
        aors.setdefault(aor, False)
        if contact is not None:
            rows.append(_row(aor, contact, node))
            aors[aor] |= bool(rows[-1]["active"])
    # An address without a contact claims no number, and keeps the one that it has.
    bare = aors.keys() - {row["aor"] for row in rows}
    rows += [{"aor": aor, "nodeName": node, "active": False} for aor in sorted(bare)]
    columns = {name: [row.get(name) for row in rows] for name in COLUMNS}
    return Listed(page_of(columns, where), aors=len(aors), active=sum(aors.values()))


def _row(aor: str, contact: re.Match[str], node: str) -> dict[RecordField, Value]:
    rest = contact["rest"]
    return {
        "id": _after("ID:", rest),
        "aor": aor,
        "contact": contact["contact"],
        "expires": _after("expires=", rest),
        "active": not _NOT_ACTIVE.search(rest),
        "nodeName": node,
        "ipGroup": _after("IPG:", rest),
    }


def _after(mark: str, text: str) -> str | None:
    found = re.search(rf"(?:^|[;\s]){re.escape(mark)}\s*([^;\s]+)", text)
    return found[1] if found else None


def _decoded(body: bytes, where: str) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"{where} answered broken JSON: {error}; read again") from error


def _under(key: str, value: object, depth: int = 0) -> Sequence[object]:
    """All that stands under a key, wherever it is; an indicator may also be told by its id."""
    if depth > _DEEPEST:
        return []
    if isinstance(value, list):
        return [found for item in value for found in _under(key, item, depth + 1)]
    if not isinstance(value, dict):
        return []
    if key in value:
        return [value[key]]
    if value.get("id") == key and "value" in value:
        return [value["value"]]
    return [found for item in value.values() for found in _under(key, item, depth + 1)]


def _number(value: object) -> int | None:
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    return value if type(value) is int and value >= 0 else None
