"""What people do with numbers: the hierarchy as a table, subscribers, limits of users, searches."""

from alembic import op

from include.inventory.database import driver
from include.inventory.statements import source

revision = "0002"
down_revision = "0001"

FILES = (
    "hierarchy_node",
    "number_management",
    "same_number",
    "could_have",
    "absent_from",
    "judging",
    "user_limit",
    "idempotent_request",
)


def upgrade() -> None:
    """Make what these files of ``include/sql/schema`` say."""
    connection = driver(op.get_bind())
    for file in FILES:
        connection.execute(source(f"schema/{file}"))
