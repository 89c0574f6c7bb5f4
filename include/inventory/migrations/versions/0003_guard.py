"""What the guard distrusts and why, what people decide on it, and what releases rest on."""

from alembic import op

from include.inventory.database import driver
from include.inventory.statements import source

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make what ``include/sql/schema/guard.sql`` says."""
    driver(op.get_bind()).execute(source("schema/guard"))
