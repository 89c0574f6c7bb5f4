"""What a probe finds out about a connection, and which settings it would change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import ValidationError

from include.arm.settings import ArmSettings, SbcSettings

Changes = Mapping[str, object]
Kind = TypeVar("Kind", ArmSettings, SbcSettings)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether all is well with it, and what is to be said of it.

    change: settings that would mend it, as they are written in a connection; None takes one away.
    """

    ok: bool
    what: str
    said: str
    change: dict[str, object] = field(default_factory=dict)

    def without(self, *secrets: str) -> "Finding":
        """The same, with nothing of these in its text."""
        said = self.said
        for secret in filter(None, secrets):
            said = said.replace(secret, "***")
        return replace(self, said=said)


def changes(findings: Iterable[Finding]) -> dict[str, object]:
    """All settings that the findings would change."""
    return {key: value for finding in findings for key, value in finding.change.items()}


def amended(settings: Kind, change: Changes) -> Kind:
    """The settings with the change made. Raises ValueError where the two do not go together."""
    plain: dict[str, Any] = {**settings.model_dump(exclude_unset=True), **change}
    kept = {key: value for key, value in plain.items() if value is not None or key not in change}
    try:
        return type(settings)(**kept)
    except ValidationError as error:
        raise ValueError("the change does not go with the other settings") from error
