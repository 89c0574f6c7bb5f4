"""What a named macro is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Macro:
    """A named setting at hierarchy nodes: whole numbers within bounds, and a shipped default."""

    name: str
    default: int
    minimum: int
    maximum: int
    unit: str
    description: str
