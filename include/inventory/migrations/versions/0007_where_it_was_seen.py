"""Holds count also where a whole number was listed, and an approval for the list that it was of."""

from alembic import op

from include.inventory.database import driver
from include.inventory.statements import source

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make what these files of ``include/sql/schema`` say, anew where they were there before."""
    connection = driver(op.get_bind())
    for file in ("accepted_at", "judging", "due_number"):
        connection.execute(source(f"schema/{file}"))
