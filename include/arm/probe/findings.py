"""What a probe finds out about a connection, and which settings it would change."""

import base64
import html
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from include.arm.settings import ArmSettings, SbcSettings

Changes = Mapping[str, object]
Kind = TypeVar("Kind", ArmSettings, SbcSettings)

MOST = 100
"""So many characters of a server's own words are shown."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether all is well with it, and what is to be said of it.

    change: settings that would mend it, as they are written in a connection; None takes one away.
    warning: in a word or two, what to beware of although it works; blank where there is nothing.
    """

    ok: bool
    what: str
    said: str
    change: dict[str, object] = field(default_factory=dict)
    warning: str = ""

    def without(self, *secrets: str) -> "Finding":
        """The same, with nothing of these in its text."""
        said = self.said
        for secret in filter(None, secrets):
            said = said.replace(secret, "***")
        return replace(self, said=said)


def changes(findings: Iterable[Finding]) -> dict[str, object]:
    """All settings that the findings would change."""
    return {key: value for finding in findings for key, value in finding.change.items()}


def written(value: object) -> str:
    """A setting as it is written in a connection; "(blank)" where it is taken away."""
    if value is None:
        return "(blank)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def amended(settings: Kind, change: Changes) -> Kind:
    """The settings with the change made. Raises ValueError where the two do not go together."""
    plain: dict[str, Any] = {**settings.model_dump(exclude_unset=True), **change}
    kept = {key: value for key, value in plain.items() if value is not None or key not in change}
    try:
        return type(settings)(**kept)
    except ValidationError as error:
        raise ValueError("the change does not go with the other settings") from error


def quotable(text: str, login: str, password: str, token: str) -> str:
    """The beginning of the text on one line; blank if it is no text or has one of the secrets."""
    said = " ".join(text.split())
    if not said.isprintable() or "\N{REPLACEMENT CHARACTER}" in said:
        return ""
    lower = f"{text}\n{said}".lower()
    if any(secret.lower() in lower for secret in _forms(login, password, token)):
        return ""
    return said if len(said) <= MOST else f"{said[:MOST]}…"


def _forms(login: str, password: str, token: str) -> Iterator[str]:
    """What must not be in it, as it is and in the forms that a server may repeat it in."""
    yield base64.b64encode(f"{login}:{password}".encode()).decode()
    for secret in filter(None, (login, password, token)):
        yield secret
        yield " ".join(secret.split())
        yield quote(secret, safe="")
        yield html.escape(secret)
        yield json.dumps(secret)[1:-1]
        yield json.dumps(secret, ensure_ascii=False)[1:-1]
