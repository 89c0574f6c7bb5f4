"""Where landed lists and audit reports are kept: a folder, or a bucket by its URL."""

import hashlib
import os
import re
from pathlib import Path
from typing import cast

from airflow.sdk import ObjectStoragePath


def root() -> Path:
    """The folder for files: ``NUMBER_INVENTORY_STORAGE`` (a path or URL), or the inventory's home.

    Whatever it is on, it has the methods of a `pathlib.Path`.
    """
    from include.inventory import database

    return path(os.environ.get("NUMBER_INVENTORY_STORAGE") or str(database.home()))


def path(address: str) -> Path:
    """The file or folder at a path or URL, with the credentials that Airflow knows for it."""
    return cast(Path, ObjectStoragePath(address))


def artifacts(dag_id: str, run_id: str, try_number: int) -> Path:
    """The folder for what one try of a run's task leaves behind; it may not exist yet.

    Ids become names that stay inside the folder, whatever is in them, and differ where ids differ.
    """
    return root() / "artifacts" / _name(dag_id) / _name(run_id) / str(try_number)


def _name(identifier: str) -> str:
    digest = hashlib.sha256(identifier.encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', identifier)[:120]}-{digest}"
