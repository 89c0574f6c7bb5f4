"""Where an unknown API has what, judged by one of its answers: by names first, then by values.

A guess is the word for a setting ("none" where the API has no such thing), or None where there is
nothing to go by.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.arm.settings import COLUMNS, RecordField

Path = tuple[str, ...]
Record = Mapping[str, object]

_DEEPEST = 4
_NO_TOTAL = re.compile("page|max|licen|capacity|limit")
_TOTALS = ("total", "count", "matches", "overall", "records", "elements", "users", "num", "length")
_CURSORS = ("cursor", "continuation", "marker", "pagetoken", "scroll", "next")
_OFFSETS = {"offset", "start", "skip", "from", "startindex", "startat", "firstresult", "first"}
_SIZES = {
    *("limit", "pagesize", "size", "perpage", "maxresults", "take", "top", "max", "rows"),
    *("itemsperpage", "pagelimit", "resultsperpage"),
}
_PAGES = {"page", "pagenumber", "pageno", "pagenum", "pageindex", "currentpage", "p"}
_BEARERS = ("accesstoken", "bearer", "idtoken", "token", "jwt", "session", "apikey")

_MEANINGS: dict[RecordField, tuple[str, ...]] = {
    "id": ("uuid", "guid", "recordid", "registrationid", "key"),
    "aor": (
        *("addressofrecord", "sipuri", "sipaddress", "sipaor", "uri", "publicidentity"),
        *("registereduser", "address", "identity"),
    ),
    "user": ("userpart", "username", "extension", "phonenumber", "number"),
    "host": ("hostpart", "hostname", "domain", "realm"),
    "contact": ("contacturi", "contactaddress", "contactheader", "contacts"),
    "expires": (
        *("expiresin", "expiry", "expiration", "expirationtime", "expirytime", "timetolive"),
        "ttl",
    ),
    "active": ("isactive", "registered", "isregistered", "online", "isonline", "enabled"),
    "nodeId": ("sbcid", "deviceid"),
    "nodeName": ("node", "sbcname", "sbc", "devicename", "device"),
    "ipGroup": ("ipgroupname", "ipg", "group"),
    "userAgent": ("agent", "useragentheader", "ua"),
}
"""What else a field may be called, without capitals and signs; the likeliest first."""

_URI = re.compile(r"(?i)<?sips?:[^\s>]+>?|tel:\+?[0-9].*|[^\s@;]+@[^\s@]+")
_NUMBER = re.compile(r"\+[0-9]{4,15}|[0-9]{3,15}")
_CONTACT = re.compile(r"(?i)<sips?:.*>.*|sips?:.*;.*")
_FORMS: dict[RecordField, tuple[re.Pattern[str], ...]] = {
    "aor": (_URI, _NUMBER),
    "contact": (_CONTACT,),
}
"""How the values of a field look that can be told by them, the surest form first."""


@dataclass(frozen=True)
class Nothing:
    """There is nothing at a path."""


NOTHING = Nothing()


def plain(name: str) -> str:
    """A name without capitals and signs, so that node_name is nodeName."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def at(document: object, key: str) -> object:
    """What a document has under a dotted key; NOTHING where it has nothing there."""
    for name in key.split("."):
        if not isinstance(document, dict) or name not in document:
            return NOTHING
        document = document[name]
    return document


def list_key(document: object) -> str | None:
    """Where the list is: of lists of objects the one that looks most like registered users."""
    if isinstance(document, list):
        return "none"
    found = [(path, value) for path, value in _values(document) if isinstance(value, list)]
    full = [(path, value) for path, value in found if value and _are_records(value)]
    empty = [(path, value) for path, value in found if not value]
    candidates = full or empty
    if not candidates:
        return None
    return ".".join(max(candidates, key=lambda one: (_likeness(one[1]), -len(one[0])))[0])


def total_key(document: object, rows: int, not_these: Sequence[str] = ()) -> str:
    """Where the length of the whole list is: a number that is not less than the rows."""
    found = []
    for path, value in _values(document):
        name, key = plain(path[-1]), ".".join(path)
        if _whole(value) is None or name in _OFFSETS | _SIZES | _PAGES or key in not_these:
            continue
        hints = [position for position, hint in enumerate(_TOTALS) if hint in name]
        if (_whole(value) or 0) >= rows and hints and not _NO_TOTAL.search(name):
            found.append((hints[0], len(path), key))
    return min(found)[2] if found else "none"


def cursor_key(document: object) -> str | None:
    """Where the cursor of the next page is; a link is none."""
    found = []
    for path, value in _values(document):
        hints = [position for position, hint in enumerate(_CURSORS) if hint in plain(path[-1])]
        is_one = value is None or (isinstance(value, str | int) and not isinstance(value, bool))
        if hints and is_one and "://" not in str(value):
            found.append((value in (None, ""), hints[0], ".".join(path)))
    return min(found)[2] if found else None


def login_answer_key(document: object) -> str | None:
    """Where the answer to a login has the token."""
    found = []
    for path, value in _values(document):
        if not (isinstance(value, str) and re.fullmatch(r"[!-~]{8,}", value)):
            continue
        name = plain(path[-1])
        hints = [position for position, hint in enumerate(_BEARERS) if hint in name]
        if hints and not ({"refresh", "type"} & set(re.findall("refresh|type", name))):
            found.append((hints[0], len(path), ".".join(path)))
    return min(found)[2] if found else None


def login_keys(text: str) -> dict[str, object]:
    """What a refusal of a login's body says that user and password are called."""
    words = re.findall(r"[A-Za-z][A-Za-z_]+", text)
    secret = [word for word in words if re.search(r"(?i)passw|passphrase|pwd|secret", word)]
    name = [word for word in words if re.search(r"(?i)user|login|account", word)]
    if len(set(secret)) != 1 or len(set(name)) != 1:
        return {}
    return {"login_name_key": name[0], "login_pass_key": secret[0]}


def paging(document: object) -> dict[str, object]:
    """How an answer with a part of the list says that it pages, in the settings' words."""
    told = {plain(path[-1]): (path[-1], value) for path, value in _values(document)}
    size = next((told[name][0] for name in told if name in _SIZES), None)
    for names, way, parameter, size_parameter in (
        (_OFFSETS, "offset", "offset_parameter", "limit_parameter"),
        (_PAGES, "page", "page_parameter", "page_size_parameter"),
    ):
        found = next((told[name] for name in told if name in names), None)
        if found is not None and _whole(found[1]) is not None:
            first = {"first_page": found[1]} if way == "page" and found[1] in (0, 1) else {}
            sizes = {size_parameter: size} if size else {}
            return {"paging": way, parameter: found[0], **sizes, **first}
    key = cursor_key(document)
    return {"paging": "cursor", "cursor_key": key} if key else {}


def fields(records: Sequence[Record], given: Mapping[RecordField, str]) -> dict[RecordField, str]:
    """The names of fields that the records do not have under the name that is given, or ours."""
    names = list(dict.fromkeys(name for record in records for name in record))
    wanted = [column for column in COLUMNS if given.get(column, column) not in names]
    taken = {given.get(column, column) for column in COLUMNS} & set(names)
    found: dict[RecordField, str] = {}
    for guess in (_same, _alike, _by_values):
        for column in wanted:
            free = [name for name in names if name not in taken]
            name = None if column in found else guess(column, free, records)
            if name is not None:
                found[column] = name
                taken.add(name)
    return found


def _same(column: RecordField, names: Sequence[str], _: Sequence[Record]) -> str | None:
    return next((name for name in names if plain(name) == plain(column)), None)


def _alike(column: RecordField, names: Sequence[str], records: Sequence[Record]) -> str | None:
    for meaning in _MEANINGS[column]:
        for name in names:
            if plain(name) == meaning and _could_be(column, [one.get(name) for one in records]):
                return name
    return None


def _by_values(column: RecordField, names: Sequence[str], records: Sequence[Record]) -> str | None:
    for form in _FORMS.get(column, ()):
        for name in names:
            values = [one[name] for one in records if one.get(name) not in (None, "")]
            fitting = [one for one in values if isinstance(one, str) and form.fullmatch(one)]
            if values and len(fitting) > len(values) / 2:
                return name
    return None


def _could_be(column: RecordField, values: Sequence[object]) -> bool:
    """Whether the values are of the kind that the field must have."""
    told = [value for value in values if value is not None]
    if any(isinstance(value, dict | list) for value in told):
        return False
    if column == "active":
        return all(str(value).lower() in ("true", "false", "0", "1", "") for value in told)
    return column != "expires" or all(_whole(value) is not None for value in told)


def _likeness(value: object) -> int:
    """How many of our fields the objects of a list may have."""
    records = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    names = {name for one in records[:20] for name in one}
    ours = sum(column in names for column in COLUMNS)
    return ours + len(fields(records[:20], {}))


def _are_records(value: Sequence[Any]) -> bool:
    return all(isinstance(one, dict) for one in value)


def _whole(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
        return int(value)
    return value if type(value) is int and value >= 0 else None


def _values(document: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """What is not in a list: all that a dotted key can name, the objects themselves apart."""
    if not isinstance(document, dict) or len(path) >= _DEEPEST:
        return
    for name, value in document.items():
        if not name or "." in name:
            continue
        if isinstance(value, dict):
            yield from _values(value, (*path, name))
        else:
            yield (*path, name), value
