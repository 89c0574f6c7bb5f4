"""Syncing: where the list of a connection for an instant comes from. The one place that knows.

A list that was landed for the instant is used again. ARM tells who is registered now and keeps no
history, so it is asked only where the instant is now.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from include.arm.errors import SettingsInvalid
from include.arm.settings import SBC, SbcSettings, Settings
from include.inventory import database, snapshots
from include.inventory.connections import ConnectionConfig, CrossCheckConfig
from include.inventory.errors import BadInput, NothingLanded
from include.inventory.instants import CLOCKS_DIFFER_BY
from include.inventory.snapshots import Snapshot

if TYPE_CHECKING:
    import pandas as pd

    from include.arm.listing import Evidence
    from include.arm.pages import Page

log = logging.getLogger(__name__)

# Lands a list: its registered users in frames, and what was seen while reading them, complete
# after the last frame.
Land = Callable[[Iterable["pd.DataFrame"], Mapping[str, Any]], Snapshot]
# Reads a list, and anew where it moves meanwhile, and lands it.
Read = Callable[[Land], Snapshot]
# How far an instant may lie in the past and still be now.
LIVE_WITHIN = timedelta(hours=1)


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
    read: Read,
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
    return read(partial(snapshots.land, storage, config, as_of))


def live(
    config: ConnectionConfig,
    settings_of: Callable[[str], Settings],
    land: Land,
    *,
    progress: Callable[[int], None] = lambda _: None,
    **exchange: Any,
) -> Snapshot:
    """Who is registered at an ARM or an SBC now, landed. `progress` is told rows as they come.

    `settings_of` tells how to reach what a connection id stands for, and `exchange` is for the
    client. Raises an ArmError where there is no complete list to be had.
    """
    from include.arm import records
    from include.arm.client import ArmClient
    from include.arm.sbc import SbcClient

    def keep(pages: "Iterator[Page]") -> Snapshot:
        evidence: dict[str, Any] = {}

        def frames() -> "Iterator[pd.DataFrame]":
            for frame in records.frames(pages):
                progress(len(frame))
                yield frame
            evidence.update(_evidence(config, listing.evidence, asked))

        return land(frames(), evidence)

    asked = witnesses(config, settings_of)
    settings = settings_of(config.conn_id)
    client = (
        SbcClient(settings, **exchange)
        if isinstance(settings, SbcSettings)
        else ArmClient(settings, **exchange)
    )
    with client:
        listing = client.registered_users()
        return listing.read(keep)


def witnesses(
    config: ConnectionConfig, settings_of: Callable[[str], Settings]
) -> list[tuple[CrossCheckConfig, SbcSettings]]:
    """The SBCs that a connection is cross-checked with. Raises SettingsInvalid for what is none."""
    found = []
    for check in config.cross_checks:
        settings = settings_of(check.conn_id)
        if not isinstance(settings, SbcSettings):
            raise SettingsInvalid(
                f"{config.name}: cross_checks: the connection {check.conn_id} is of no SBC; make "
                f"its type {SBC}"
            )
        found.append((check, settings))
    return found


def _evidence(
    config: ConnectionConfig, read: "Evidence", asked: list[tuple[CrossCheckConfig, SbcSettings]]
) -> dict[str, Any]:
    """What a complete read rests on. Raises Incomplete where a cross-check says that it is none."""
    from include.arm import crosschecks

    checks = [
        crosschecks.ask(check.node, settings, read.nodes, check.percent)
        for check, settings in asked
    ]
    named = [site.node for site in config.rules.sites] + [check.node for check, _ in asked]
    missing = sorted({node for node in named if node is not None} - read.nodes.keys())
    if missing:
        log.warning(
            "%s: nobody is listed at %s, which the rules or cross-checks name; the list has %s",
            config.name,
            ", ".join(missing),
            ", ".join(sorted(filter(None, read.nodes))) or "no nodes at all: see fields",
        )
    return asdict(read) | {
        "cross_checks": [asdict(check) for check in checks],
        "missing_nodes": missing,
    }
