"""Numbers are found by their tag."""

from alembic import op

from include.inventory.database import driver
from include.inventory.statements import source

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make what ``include/sql/schema/number_tag.sql`` says."""
    driver(op.get_bind()).execute(source("schema/number_tag"))
