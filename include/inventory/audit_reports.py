"""The artifacts of an audit: a page for people, JSON for programs, and every offending number."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from psycopg import Cursor
from sqlalchemy import Connection

from include.inventory.database import driver
from include.inventory.statements import source, statement

SHOWN = 100
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=select_autoescape(default=True, default_for_string=True),
)


def write(db: Connection, audit: Any, validation: dict[str, Any], folder: Path) -> dict[str, str]:
    """Write ``audit.html``, ``audit.json`` and ``violations.csv``; return their paths by kind.

    The page is self-contained, shows the first numbers that break each rule, and escapes every
    value. The CSV has every number that broke a rule, and whether it was repaired.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "html": folder / "audit.html",
        "json": folder / "audit.json",
        "csv": folder / "violations.csv",
    }
    content = asdict(audit) | {"as_of": audit.as_of.isoformat(), "validation": validation}
    del content["files"]
    files["json"].write_text(json.dumps(content, indent=1), encoding="utf-8")
    files["html"].write_text(_page(db, audit), encoding="utf-8")
    _export(db, files["csv"])
    return {kind: str(path) for kind, path in files.items()}


def _page(db: Connection, audit: Any) -> str:
    samples = {
        rule.name: db.execute(statement("audit/sample"), {"rule": rule.name, "most": SHOWN}).all()
        for rule in audit.rules
        if rule.left
    }
    page = TEMPLATES.get_template("audit_report.html")
    return page.render(audit=audit, samples=samples, shown=SHOWN)


def _export(db: Connection, path: Path) -> None:
    cursor: Cursor[Any] = driver(db).cursor()
    rows = source("audit/export")
    query = f"COPY ({rows}) TO STDOUT (FORMAT csv, HEADER)"
    with path.open("wb") as file, cursor, cursor.copy(query) as copy:
        for chunk in copy:
            file.write(chunk)
