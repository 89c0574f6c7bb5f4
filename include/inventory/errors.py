"""What can go wrong in the inventory. Each message says what happened, to what, and what to do.

InventoryError
├── Refused              a rule of the life cycle or of a macro forbids it; nothing was changed
│   ├── NothingLanded    no list was landed for an instant, and ARM cannot be asked about it
│   ├── NumbersRefused   some numbers cannot be taken: which, and why each
│   └── Changed          it was changed since it was read
├── BadInput             what was given cannot be read: a file, a value, a configuration
│   ├── ConfigurationInvalid
│   └── Unknown          a name that nothing has: a connection, a macro, a plan
├── NotFound             there is no such number, or no list yet; Unknown is one too
├── Interrupted          another transaction changed the same rows; run it again
├── NotMigrated          the inventory's tables are missing or older than this code
└── DatabaseUnavailable  the inventory's database does not answer
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.inventory.operations import Outcome


class InventoryError(Exception):
    """Something about the inventory went wrong; nothing was changed."""


class Refused(InventoryError):
    """A rule forbids it; nothing was changed."""


class NothingLanded(Refused):
    """No list was landed for an instant, and ARM cannot be asked about it."""


class NumbersRefused(Refused):
    """Some numbers cannot be taken; ``outcome`` says which, and why each."""

    def __init__(self, message: str, outcome: "Outcome") -> None:
        super().__init__(message)
        self.outcome = outcome


class Changed(Refused):
    """Something was changed since it was read."""


class BadInput(InventoryError):
    """What was given cannot be read."""


class ConfigurationInvalid(BadInput):
    """The configuration of the connections has a mistake; the message names the key."""


class NotFound(InventoryError):
    """There is no such thing in the inventory or its configuration."""


class NotMigrated(InventoryError):
    """The inventory's tables are missing, or older than this code."""


class DatabaseUnavailable(InventoryError):
    """The inventory's database cannot be reached."""


class Interrupted(InventoryError):
    """Another transaction changed the same rows; nothing was changed, and a retry will do."""


class Unknown(BadInput, NotFound):
    """A name was given that nothing has: of a connection, a macro or a plan."""
