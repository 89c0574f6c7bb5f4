"""A list tells by which rules it was read; others than before wait for a person."""

from alembic import op

from include.inventory.database import driver
from include.inventory.statements import source

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make what this file of ``include/sql/schema`` says."""
    driver(op.get_bind()).execute(source("schema/rules_changed"))
