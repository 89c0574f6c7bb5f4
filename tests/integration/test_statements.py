"""Every SQL file is one that PostgreSQL takes, says what it does, and is used."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from include.inventory.statements import FOLDER, source, statement

NAMES = sorted(
    str(path.relative_to(FOLDER).with_suffix(""))
    for path in FOLDER.rglob("*.sql")
    if path.parent.name != "schema"
)
CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("include", "dags", "plugins")
    for path in (FOLDER.parents[1] / folder).rglob("*.py")
)
# What the statements of a step leave for each other.
TEMPORARY = {
    name: match.group(1)
    for name in NAMES
    if (match := re.search(r"CREATE TEMPORARY TABLE (\w+)", source(name)))
}
BINDS = {
    "names": [], "nodes": [], "columns": [], "extras": [], "lines": [], "numbers": [],
    "elsewhere": [],
    "number_ids": [], "keys": [], "from_statuses": [], "ip_groups": [], "hierarchies": [],
    "whole": False, "at_once": True, "days": 2, "default_days": 2, "most": 1, "node_counts": "{}",
    "as_of": "2026-11-01", "until": "2026-11-01", "overdue_since": "2026-11-01",
    "due": "2026-11-01",
    "valid_from": "2026-11-01", "snapshot_as_of": "2026-11-01", "next_as_of": "2026-11-02",
    "release_date": None, "connection_id": 1, "snapshot_id": 1, "plan_id": 1, "value": 1,
    "begin": 0, "end": 1, "wholly": False, "before": 1, "after_change": 0,
    "statuses": [], "page_length": 2, "release_before": "2026-11-01", "number_id": 1,
    "release_from": "2026-11-01",
    "firsts": [], "lasts": [], "leaves": [], "takes": [], "candidates": None, "dry_run": False,
    "make_nodes": False, "claims_only": False,
    "blocked": [], "withheld": 1, "ids": [],
    "later": 1, "defaults": "{}", "guard": "{}", "carried_out_by": None,
    "per_item": False, "below": False, "fewer": False, "texts": "{}", "extra": "{}",
    "cooling_enabled": 0,
    "cooling_days": 30, "device_days": 2, "wanted": 2, "to_status": None,
    "dates": [], "limit": 1,
    "answer_status": 200, "sought": "london", "skip": 0,
    "registered_users": 0, "rejected": 0, "instants": ["2026-11-01"], "since": "2026-11-01",
}  # fmt: skip


@pytest.fixture
def prepared(db: Connection) -> Connection:
    """A database in which every statement finds the temporary tables that it reads."""
    first = ("timeline/stage", "plan/candidates")
    for name, made in sorted(TEMPORARY.items(), key=lambda one: one[0] not in first):
        if not name.endswith("_late") and made != "found":
            db.execute(statement(name), binds(name))
    db.execute(statement("audit/keep_found"))
    return db


def binds(name: str) -> dict:
    wanted = statement(name).compile().params
    return {key: BINDS.get(key, "x") for key in wanted}


@pytest.mark.parametrize("name", NAMES)
def test_postgresql_takes_every_statement(prepared: Connection, name: str) -> None:
    if name in TEMPORARY:
        prepared.execute(text(f"DROP TABLE {TEMPORARY[name]}"))
        prepared.execute(statement(name), binds(name))
    else:
        assert prepared.execute(text(f"EXPLAIN {source(name)}"), binds(name)).all()


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_is_used(name: str) -> None:
    base = re.sub("_late$", "", name)
    assert f'"{name}"' in CODE or f'"{base}{{late}}"' in CODE


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.sql")), ids=str)
def test_every_file_opens_with_what_it_does(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("-- ")


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_one_statement_and_tells_its_rows(name: str) -> None:
    told = source(name)
    assert re.search(r"^-- (One row|The same rows)", told, re.MULTILINE)
    assert ";" not in re.sub(r"--.*|'[^']*'", "", told)
