"""The DAG that checks the inventory, and what it leaves behind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from include.inventory import database
from tests.dags.conftest import AUDIT, SYNC, USERS, Run, statuses

Runner = Callable[..., Run]
NEVER_LISTED = """
INSERT INTO numbers.number (internal_number, hierarchy, status, usage, vendor)
VALUES ('+442070000000', 'sys.hcs.acme.london', 'Used', 'Device', 'AudioCodes')
"""
WRONG_USAGE = "UPDATE numbers.number SET usage = 'User' WHERE vendor = 'AudioCodes'"


@pytest.fixture
def synced(run: Runner) -> None:
    """Every registered user has its number."""
    run(SYNC)


def execute(statement: str) -> None:
    with database.transaction() as db:
        db.execute(text(statement))


def reports(tmp_path: Path) -> set[str]:
    return {file.suffix for file in (tmp_path / "storage" / "artifacts").rglob("*.*")}


def test_an_inventory_in_order_passes_and_leaves_a_report(
    run: Runner, synced: None, tmp_path: Any
) -> None:
    assert run(AUDIT).tasks == {"audit": "success"}
    assert reports(tmp_path) == {".html", ".json", ".csv"}


def test_what_cannot_be_repaired_fails_the_task_once_and_leaves_a_report(
    run: Runner, synced: None, tmp_path: Any
) -> None:
    execute(NEVER_LISTED)
    done = run(AUDIT)
    assert done.tasks == {"audit": "failed"}
    assert done.log.count("The inventory breaks its rules: audiocodes_is_registered (1)") == 1
    assert reports(tmp_path) == {".html", ".json", ".csv"}
    assert statuses() == {"Used": USERS + 1}


def test_what_is_known_to_be_wrong_is_put_right(run: Runner, synced: None) -> None:
    execute(WRONG_USAGE)
    done = run(AUDIT)
    assert done.state == "success"
    assert f"{USERS} found, {USERS} repaired, 0 left" in done.log


def test_without_repair_it_only_says_what_is_wrong(run: Runner, synced: None) -> None:
    execute(WRONG_USAGE)
    done = run(AUDIT, repair=False)
    assert done.state == "failed"
    assert f"audiocodes_is_used_by_device ({USERS})" in done.log
