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

    @property
    def takes(self) -> str:
        """Its bounds, as an error says them."""
        return f"it takes {self.minimum} to {self.maximum} {self.unit}"

    def allows(self, value: int) -> bool:
        """True where a value lies within its bounds."""
        return self.minimum <= value <= self.maximum
