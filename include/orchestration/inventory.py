"""The inventory's database, as Airflow's tasks reach it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from sqlalchemy.engine.interfaces import IsolationLevel

if TYPE_CHECKING:
    from sqlalchemy import Connection

CONN_ID = "number_inventory_db"


def address() -> str | None:
    """The URL in the Airflow connection `number_inventory_db`; None where there is none.

    None stands for the inventory's own default: NUMBER_INVENTORY_DB, or the embedded server.
    """
    try:
        return str(BaseHook.get_connection(CONN_ID).get_uri())
    except AirflowNotFoundException:
        return None


@contextmanager
def transaction(*, isolation: IsolationLevel = "READ COMMITTED") -> "Iterator[Connection]":
    """One transaction on the inventory: committed at the end, rolled back on any error."""
    from include.inventory import database

    with database.transaction(address(), isolation=isolation) as db:
        yield db
