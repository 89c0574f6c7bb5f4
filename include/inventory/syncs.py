"""Syncing: where the list of a connection for an instant comes from. The one place that knows.

A list that was landed for the instant is used again. ARM tells who is registered now and keeps no
history, so it is asked only where the instant is now.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from include.arm.settings import ArmSettings
from include.inventory import database, snapshots
from include.inventory.connections import ConnectionConfig
from include.inventory.errors import BadInput, NothingLanded
from include.inventory.snapshots import Snapshot

if TYPE_CHECKING:
    import pandas as pd

# Pages of registered users, and what was seen while reading them: complete after the last page.
Reading = tuple[Iterable["pd.DataFrame"], Mapping[str, Any]]
# How far an instant may lie in the past, or ahead of this clock, and still be now.
LIVE_WITHIN = timedelta(hours=1)
CLOCKS_DIFFER_BY = timedelta(minutes=5)


def storage() -> Path:
    """The folder of landed lists and artifacts: ``NUMBER_INVENTORY_STORAGE``, a path or a URL such
    as ``s3://bucket/folder``, or else the folder for everything kept on disk."""
    address = os.environ.get("NUMBER_INVENTORY_STORAGE")
    return _path(address) if address else database.home()


def location(snapshot: Snapshot) -> Path:
    """Where the list of a snapshot is to be opened, on a disk or on an object store."""
    return _path(snapshot.path)


def _path(address: str) -> Path:
    from upath import UPath

    try:
        return cast("Path", UPath(address))
    except (ImportError, ValueError) as error:
        raise BadInput(
            f"The storage {address} cannot be used ({error}); install what it needs, or set "
            "NUMBER_INVENTORY_STORAGE to a folder"
        ) from error


def obtain(
    storage: Path,
    config: ConnectionConfig,
    as_of: datetime,
    *,
    read: Callable[[], Reading],
    now: datetime,
    live_within: timedelta = LIVE_WITHIN,
) -> Snapshot:
    """The list of a connection for an instant: what is landed, or what ``read`` gives, landed.

    ``read`` is asked where nothing is landed and the instant lies at most ``live_within`` before
    ``now``. Raises NothingLanded for any other instant, and what ``read`` raises.
    """
    known = snapshots.landed(storage, config.name, as_of)
    if known is not None:
        return known
    missing = f"no list of {config.name} was landed for {as_of.isoformat()}"
    if as_of < now - live_within:
        raise NothingLanded(
            f"ARM keeps no history: {missing}, and it cannot be asked about the past"
        )
    if as_of > now + CLOCKS_DIFFER_BY:
        raise NothingLanded(f"ARM knows no future: {missing}, which is yet to come")
    frames, evidence = read()
    return snapshots.land(storage, config, as_of, frames, evidence)


def live(settings: ArmSettings) -> Reading:
    """Who is registered at an ARM now; it is asked as the pages are taken.

    The pages raise an ArmError where the list is not complete.
    """
    evidence: dict[str, Any] = {}
    return _pages(settings, evidence), evidence


def _pages(settings: ArmSettings, evidence: dict[str, Any]) -> "Iterator[pd.DataFrame]":
    from include.arm import records
    from include.arm.client import ArmClient

    with ArmClient(settings) as arm:
        listing = arm.registered_users()
        for page in listing:
            yield records.frame(page, settings.fields)
        evidence.update(asdict(listing.evidence))
