"""The SQL of the project: one statement per file under ``include/sql``, read by its name."""

from functools import cache
from pathlib import Path

from sqlalchemy import TextClause, text

FOLDER = Path(__file__).resolve().parent.parent / "sql"


def source(name: str) -> str:
    """The text of ``include/sql/<name>.sql``."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


@cache
def statement(name: str) -> TextClause:
    """The statement ``include/sql/<name>.sql``, its ``:binds`` open. E.g. ``release/release``."""
    return text(source(name))
