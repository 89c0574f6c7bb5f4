"""Who is at work, when, and on which inventory."""

import getpass
import os
from datetime import UTC, datetime

from include.inventory.events import Actor


def actor() -> Actor:
    """The person at the terminal."""
    try:
        return Actor(f"terminal:{getpass.getuser()}")
    except (OSError, KeyError):
        return Actor(f"terminal:{os.getuid()}")


def now() -> datetime:
    """The current second, in UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def pipeline() -> str:
    """The address of the inventory, which knows from now on which connections are configured.

    Raises ConfigurationInvalid, and DatabaseUnavailable before anything else is done.
    """
    from include.inventory import connections, database

    configs = connections.load()
    address = database.url()
    database.retried(lambda db: connections.register(db, configs), address)
    return address
