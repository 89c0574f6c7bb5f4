"""What the inventory says that a device had needs evidence too before it is released."""

from alembic import op

from include.inventory.database import driver
from include.inventory.statements import source

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make what ``include/sql/schema/due_number.sql`` says."""
    driver(op.get_bind()).execute(source("schema/due_number"))
