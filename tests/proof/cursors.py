"""Cursors that spare a small inventory most of what its statements cost: planning, and tables.

Nearly all the time of a step on a few numbers goes into planning its statements anew, and into
temporary tables that are made and dropped. Here the statements are prepared once, and the same
temporary tables are filled and emptied: the text of a statement stays as it is, but for
``CREATE TEMPORARY TABLE … AS`` which becomes ``INSERT INTO …``. Plans are the server's affair, and
what a statement says is not changed by it; a share of the histories goes without all the same.
"""

import re
from functools import cache
from typing import Any

from psycopg import Connection, Cursor
from psycopg._preparing import PrepareManager
from psycopg._queries import PostgresClientQuery, PostgresQuery
from psycopg.client_cursor import ClientCursor

MAKES = re.compile(r"\nCREATE TEMPORARY TABLE (\w+) (ON COMMIT DROP AS|\([^;]*\) ON COMMIT DROP)")
COLUMNS = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = CAST(%s AS regclass) AND attnum > 0 ORDER BY attnum
"""
LEARNED: dict[str, str] = {}  # the columns of each table
VERBS = ("WITH", "SELECT", "INSERT", "UPDATE", "DELETE")
TABLES = (
    "stage_registration",
    "candidate",
    "scope",
    "delta",
    "arrival",
    "missing",
    "wanted",
    "done",
)


class LearningCursor(ClientCursor[Any]):
    """Runs everything as it is, and learns what the temporary tables look like."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        done = super().execute(query, params, **options)
        found = MAKES.search(query) if isinstance(query, str) else None
        if found and found[1] in TABLES:
            with ClientCursor(self.connection) as look:
                columns = look.execute(COLUMNS, [f"pg_temp.{found[1]}"]).fetchall()
            LEARNED[found[1]] = ", ".join(f"{name} {kind}" for name, kind in columns)
        return done


class Keeping(PrepareManager):
    """Keeps what is prepared when something is taken back, as the server does."""

    def clear(self) -> bool:
        return False


class PreparedCursor(ClientCursor[Any]):
    """Prepares statements, and fills temporary tables that are there already."""

    prepares = False

    @property
    def _query_cls(self) -> Any:
        return PostgresQuery if self.prepares else PostgresClientQuery

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        if isinstance(query, str):
            query, self.prepares = rewritten(query)
            options["prepare"] = self.prepares or None
        else:
            self.prepares = False
        return super().execute(query, params, **options)

    def _execute_send(self, query: Any, **options: Any) -> None:
        way = Cursor if self.prepares else ClientCursor
        way._execute_send(self, query, **options)  # type: ignore[arg-type]

    def _get_prepared(self, query: Any, prepare: bool | None = None) -> Any:
        way = Cursor if self.prepares else ClientCursor
        return way._get_prepared(self, query, prepare)  # type: ignore[arg-type]


@cache
def rewritten(query: str) -> tuple[str, bool]:
    """A statement as a prepared cursor runs it, and whether it is prepared."""
    found = MAKES.search(query)
    if found and found[1] in TABLES:
        into = query.replace(found[0], f"\nINSERT INTO {found[1]}", 1)
        return (into, True) if found[2].endswith(" AS") else ("SELECT 1", False)
    dropped = re.fullmatch(r"DROP TABLE ([\w, ]+)", query)
    if dropped and set(dropped[1].split(", ")) <= set(TABLES):
        return "; ".join(f"DELETE FROM {name}" for name in dropped[1].split(", ")), False
    if re.fullmatch(rf"ANALYZE (numbers\.\w+|{'|'.join(TABLES)})", query):
        return "SELECT 1", False
    lines = [line for line in query.split("\n") if line and not line.startswith("--")]
    verb = lines[0].split()[0] if lines else ""
    return query, query.startswith("--") and verb in VERBS


def prepare(connection: Connection[Any]) -> None:
    """Make the temporary tables, once per connection, outside of any transaction."""
    connection._prepared = Keeping()
    connection.prepared_max = 1000
    with ClientCursor(connection) as cursor:
        for name, columns in LEARNED.items():
            cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns})")
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        connection.commit()
