"""The schema ``numbers``: made and kept up to date by Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

# Any number will do, as long as nobody else locks it: this prevents two upgrades at once.
UPGRADE_LOCK = 7_023_041


def upgrade(db: Connection) -> str:
    """Bring the schema up to date in the caller's transaction; return the revision it is at.

    Idempotent, and safe when several processes do it at once: the others wait, and find it done.
    """
    db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
    db.execute(text("CREATE SCHEMA IF NOT EXISTS numbers"))
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = db
    command.upgrade(config, "head")
    context = MigrationContext.configure(db, opts={"version_table_schema": "numbers"})
    return str(context.get_current_revision())
