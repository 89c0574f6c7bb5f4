"""A list that is half-written is never read: it is landed whole, or there is none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd
import pytest

from include.inventory import snapshots
from include.inventory.connections import ConnectionConfig
from include.inventory.errors import BadInput
from tests.fake_arm import frame
from tests.integration import victims
from tests.integration.factories import NOON, a_user
from tests.integration.victims import Boundary

LAB = ConnectionConfig(name="lab", conn_id="lab", hierarchy="sys.hcs.acme")
PAGES = [[f"+44207946{page}{digit:03}" for digit in range(20)] for page in range(5)]
# Into how many pieces a file is torn.
TEARS = 8


def silent(_: str) -> None:
    """Nothing is watched."""


def land(storage: Path, boundary: Boundary = silent) -> snapshots.Snapshot:
    """Land a list of a few pages, each a row group of its own; each page is a boundary."""

    def frames() -> Iterator[pd.DataFrame]:
        for number, page in enumerate(PAGES):
            boundary(f"before page {number}")
            yield frame([a_user(aor) for aor in page])
        boundary("behind the last page")

    with patch.object(snapshots, "ROW_GROUP", 1):
        return snapshots.land(storage, LAB, NOON, frames())


def landing_dies(boundary: Boundary, storage: Path) -> None:
    victims.watch_files(boundary, storage)
    land(storage, boundary)
    boundary("after the end")


def read(snapshot: snapshots.Snapshot) -> dict[str, Any]:
    """What a snapshot says, and every row of its list; but not where it is."""
    with snapshots.opened(snapshot.path) as parquet:
        rows = parquet.read().to_pylist()
    assert len(rows) == snapshot.registered_users
    return vars(snapshot) | {"path": None, "rows": rows}


@pytest.fixture
def whole(tmp_path: Path) -> dict[str, Any]:
    """The list as it is landed where nobody disturbs it."""
    return read(land(tmp_path / "undisturbed"))


def landed_after(storage: Path, whole: dict[str, Any]) -> bool:
    """Whether there is a list after a death; it is the whole one, and so it is after a retry."""
    found = snapshots.landed(storage, LAB.name, NOON)
    assert found is None or read(found) == whole
    assert read(land(storage)) == whole
    again = snapshots.landed(storage, LAB.name, NOON)
    assert again is not None
    assert read(again) == whole
    return found is not None


def test_a_landing_that_is_killed_anywhere_leaves_the_whole_list_or_none(
    tmp_path: Path, whole: dict[str, Any]
) -> None:
    deaths: list[str] = []
    there: list[bool] = []
    while not (deaths and deaths[-1].startswith("after the end")):
        storage = tmp_path / str(len(deaths))
        deaths.append(victims.killed(landing_dies, storage, at=len(deaths) + 1))
        there.append(landed_after(storage, whole))
    assert sum("page" in death for death in deaths) == len(PAGES) + 1
    assert deaths[-2].startswith("before os.rename")
    assert there == [False] * (len(deaths) - 1) + [True]


@pytest.mark.parametrize("kind", [".parquet", ".json"])
def test_a_list_or_a_manifest_that_is_torn_within_is_none(
    tmp_path: Path, whole: dict[str, Any], kind: str
) -> None:
    [file] = (tmp_path / "undisturbed").rglob(f"*{kind}")
    size = file.stat().st_size
    for cut in range(0, size, size // TEARS):
        storage = tmp_path / str(cut)
        victims.torn(land, storage, kind=kind, size=cut)
        assert [file.stat().st_size for file in storage.rglob(f"*{kind}")] == [cut]
        assert not landed_after(storage, whole)


def test_the_retries_of_a_landing_need_no_tidying_in_between(
    tmp_path: Path, whole: dict[str, Any]
) -> None:
    for boundary in range(4, 8):
        victims.killed(landing_dies, tmp_path, at=boundary)
    assert not landed_after(tmp_path, whole)


def test_a_landed_list_that_the_disk_has_lost_a_part_of_is_refused(tmp_path: Path) -> None:
    path = Path(land(tmp_path).path)
    content = path.read_bytes()
    for cut in range(0, len(content), len(content) // TEARS):
        path.write_bytes(content[:cut])
        with pytest.raises(BadInput, match="cannot be read"), snapshots.opened(path) as parquet:
            parquet.read()
    path.write_bytes(content)
    with snapshots.opened(path) as parquet:
        assert parquet.read().num_rows == sum(map(len, PAGES))
