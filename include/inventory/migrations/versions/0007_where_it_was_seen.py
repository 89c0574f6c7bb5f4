"""What is given away asks for the evidence of a release; an approval counts for its own list."""

from alembic import op

from include.inventory.database import driver
from include.inventory.statements import source

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make what these files of ``include/sql/schema`` say, anew where they were there before."""
    connection = driver(op.get_bind())
    for file in ("accepted_at", "could_have", "judging", "due_number"):
        connection.execute(source(f"schema/{file}"))
