"""An answer of a server, with what is in it about people and devices made unrecognisable.

What a program reads in it stays: its structure and keys, types, truths, the length of lists, and
numbers that stand beside a list, such as its total.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from include.arm.exchange import Heard
from include.arm.probe.guesses import plain
from include.arm.recording.masks import Masks
from include.arm.settings import ArmSettings, SbcSettings, Settings

LEFT_OUT = "(left out)"

_KEY = re.compile(r"@?[A-Za-z_$][A-Za-z0-9_.$ -]{0,39}")
_KEY_IN_TEXT = re.compile(rf'("{_KEY.pattern}"\s*:)')
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}[0-9:.]*(?:Z|[+-][0-9:]{2,6})?")
_STATES = {"active", "status", "state", "registered", "online", "enabled", "isactive", "transport"}
_STATE = re.compile(
    r"(?i)|true|false|yes|no|on|off|0|1|up|down|(?:not-?|in)?active|(?:un)?registered|expired"
    r"|enabled|disabled|online|offline|tls|tcp|udp|wss?|bearer"
)
_SOMEBODYS = {"aor", "addressofrecord", "contact", "sipuri"}
_PERSONAL = _SOMEBODYS | {"user", "username", "host"}
_OPAQUE = ("token", "cursor", "session", "secret", "cookie", "jwt", "next", "key", "marker", "pass")
_PLAIN_HEADERS = {
    *("content-type", "content-length", "content-encoding", "transfer-encoding", "date"),
    *("retry-after", "allow", "connection", "cache-control", "server", "location", "link"),
}
_COUNTING = re.compile(r"(?i)total|count|limit|page|remaining|reset|range")
_TITLE = re.compile(r"\*{3}.*\*{3}|(?i:address of record\b.*)|[-=\s.]*")
_CONTACT = re.compile(r"(?P<aor>[^<]*)(?P<contact><[^<>]*>)(?P<rest>.*)")
_REMARK = re.compile(r"(?i)\s*(?:expires=\d*|active status:\s*\d|not-active|IPG:\s*\d*)\s*")

Text = Any
"""JSON, decoded."""


@dataclass(frozen=True)
class Masked:
    """An answer, masked: its request line without the host, status, headers, and JSON or text."""

    request: str
    status: int
    headers: dict[str, str]
    body: Text


class Masking:
    """Masks the answers of one server, the same in the same way."""

    def __init__(self, settings: Settings, masks: Masks) -> None:
        self._settings = settings
        self._masks = masks
        self._names = settings.fields if isinstance(settings, ArmSettings) else {}

    def answer(self, heard: Heard) -> Masked:
        """The answer, masked."""
        return Masked(
            request=self._request(heard),
            status=heard.status,
            headers={name: self._header(name, value) for name, value in heard.headers.items()},
            body=self._body(heard),
        )

    def _request(self, heard: Heard) -> str:
        path, _, query = heard.url.removeprefix(self._settings.base_url).partition("?")
        pairs = [pair.partition("=") for pair in query.split("&") if pair]
        shown = [f"{name}={self._parameter(value)}" for name, _, value in pairs]
        return f"{heard.method} {path}" + (f"?{'&'.join(shown)}" if shown else "")

    def _parameter(self, value: str) -> str:
        """A place or a size as it is, a cursor not."""
        return value if re.fullmatch(r"[0-9]{0,8}", value) else self._masks.strict(value)

    def _header(self, name: str, value: str) -> str:
        if name.lower() == "www-authenticate":
            return re.sub(r'"[^"]*"|(?<==)[^\s",]+', '"***"', self._masks.without_secrets(value))
        if name.lower() in ("date", "content-type", "cache-control", "retry-after"):
            return self._masks.without_secrets(value)
        if value.isdecimal() and (_COUNTING.search(name) or name.lower() in _PLAIN_HEADERS):
            return value
        return self._masks.loose(value) if name.lower() in _PLAIN_HEADERS else LEFT_OUT

    # Bodies

    def _body(self, heard: Heard) -> Text:
        text = heard.body.decode(errors="replace")
        try:
            document = json.loads(text, parse_float=_half, parse_constant=_half)
        except (ValueError, RecursionError):
            return self._no_json(text)
        if heard.status != 200:
            return self._told(document)
        if isinstance(self._settings, SbcSettings):
            return self._of_sbc(document)
        if heard.method == "POST":
            return self._item("login", document)
        return self._outside(document)

    def _no_json(self, text: str) -> str:
        """A page for people, or JSON that is broken: of that, the keys stay."""
        if not text.lstrip().startswith(("{", "[", '"')):
            return self._masks.loose(text)
        parts = _KEY_IN_TEXT.split(text)
        strict = [
            part if number % 2 else self._masks.strict(part) for number, part in enumerate(parts)
        ]
        return "".join(strict)

    def _told(self, value: Text) -> Text:
        """What an error says: text for people."""
        if isinstance(value, dict):
            return {self._key(key): self._told(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._told(inner) for inner in value]
        return self._masks.loose(value) if isinstance(value, str) else value

    def _outside(self, value: Text, key: str = "") -> Text:
        """What is around the list: numbers stay."""
        if isinstance(value, list):
            return [self._item(key, inner) for inner in value]
        if isinstance(value, dict):
            if _SOMEBODYS & {self._role(name) for name in value}:
                return self._item(key, value)
            return {self._key(name): self._outside(inner, name) for name, inner in value.items()}
        if not isinstance(value, str):
            return value
        hidden = self._role(key) in _PERSONAL or any(word in plain(key) for word in _OPAQUE)
        return self._masks.strict(value) if hidden else self._masks.loose(value)

    def _item(self, key: str, value: Text) -> Text:
        """What is about somebody: only what a field's kind allows stays."""
        if isinstance(value, dict):
            return {self._key(name): self._item(name, inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._item(key, inner) for inner in value]
        if isinstance(value, str):
            return self._text(self._role(key), value)
        if type(value) is int and self._is_somebodys(self._role(key), value):
            return self._masks.number(value)
        return value

    def _text(self, role: str, value: str) -> str:
        if role in _PERSONAL:
            return self._masks.strict(value)
        if "expire" in role and re.fullmatch("[0-9]{0,6}", value):
            return value
        if role in _STATES | {"tokentype"} and _STATE.fullmatch(value):
            return value
        if _TIME.fullmatch(value):
            return value
        return self._masks.agent(value) if "agent" in role else self._masks.strict(value)

    def _is_somebodys(self, role: str, value: int) -> bool:
        return role in _PERSONAL or ("expire" not in role and abs(value) >= 100)

    def _role(self, name: str) -> str:
        """What a field is: ours where the settings say so, else what it is called."""
        ours = next((field for field, theirs in self._names.items() if theirs == name), name)
        return plain(ours)

    def _key(self, name: str) -> str:
        is_one = _KEY.fullmatch(name) and not re.search("[0-9]{4}", name)
        return name if is_one else self._masks.strict(name)

    # What an SBC prints

    def _of_sbc(self, document: Text) -> Text:
        if not (isinstance(document, dict) and isinstance(document.get("output"), str)):
            return self._outside(document)
        others = {key: value for key, value in document.items() if key != "output"}
        masked = self._outside(others)
        output = document["output"]
        lines = re.split(r"(\r?\n)" if "\n" in output else r"(\. )", output)
        return {**masked, "output": "".join(map(self._line, lines))}

    def _line(self, line: str) -> str:
        if _TITLE.fullmatch(line.strip()):
            return line
        contact = _CONTACT.fullmatch(line)
        if contact is None:
            return self._masks.strict(line)
        rest = ";".join(map(self._remark, contact["rest"].split(";")))
        return self._masks.strict(contact["aor"]) + self._masks.strict(contact["contact"]) + rest

    def _remark(self, text: str) -> str:
        if _REMARK.fullmatch(text.rstrip(".")):
            return text
        name, mark, value = text.partition("ID:")
        if name.strip():
            return self._masks.strict(text)
        return f"{name}{mark}{self._masks.strict(value)}"


def _half(_: str) -> float:
    """Instead of any number with a fraction: nothing of ours is one."""
    return 0.5
