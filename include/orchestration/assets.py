"""What the DAGs tell each other. Every event's extra has `as_of`, the instant it stands for."""

from datetime import datetime
from typing import Any

from airflow.sdk import Asset

from include.orchestration.runs import RunContext

PRESENCE = Asset("number_inventory_presence")
"""Who is online where, as the newest list has it, and the inventory aligned with it."""

NUMBERS = Asset("number_inventory_numbers")
"""The inventory after what was due has been released."""


def hold(connection: str) -> Asset:
    """The holds of a connection: each event is a hold that a sync opened."""
    return Asset(f"number_inventory_hold_{connection}")


def tell(context: RunContext, asset: Asset, as_of: datetime, **figures: Any) -> None:
    """Attach the instant and figures to the event that the task's success emits for an asset."""
    context["outlet_events"][asset].extra = {"as_of": as_of.isoformat(), **figures}
