"""What no plan has judged confirms no absence, nor does a connection that never had anybody."""

from alembic import op

from include.inventory.database import driver
from include.inventory.statements import source

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make what these files of ``include/sql/schema`` say, anew where they were there before."""
    connection = driver(op.get_bind())
    for file in ("absent_from", "accepted_at", "judging", "due_number", "presence_begun"):
        connection.execute(source(f"schema/{file}"))
