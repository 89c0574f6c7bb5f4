"""A whole number is one anywhere, and what happened in a hold is no evidence for a release."""

from alembic import op

from include.inventory.database import driver
from include.inventory.statements import source

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make what these files of ``include/sql/schema`` say, anew where they were there before."""
    connection = driver(op.get_bind())
    for file in ("same_number", "judging", "due_number"):
        connection.execute(source(f"schema/{file}"))
