"""The schema as first released."""

from alembic import op

from include.inventory.database import driver
from include.inventory.statements import source

revision = "0001"
down_revision = None

# In the order in which they refer to each other.
TABLES = (
    "functions",
    "connection",
    "snapshot",
    "place",
    "presence",
    "stage_registration",
    "number",
    "number_event",
    "macro",
    "plan",
    "plan_change",
    "hold",
)


def upgrade() -> None:
    """Make every table, index and function of ``include/sql/schema``."""
    connection = driver(op.get_bind())
    for table in TABLES:
        connection.execute(source(f"schema/{table}"))
