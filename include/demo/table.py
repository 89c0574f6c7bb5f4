"""The numbers by status, a line for each day of the week."""

from collections.abc import Sequence
from datetime import datetime

from include.demo.stage import Stage
from include.inventory import database
from include.inventory.statements import statement

HEAD = ("Available", "Used", "Used-Utility", "Reserved", "Cooling", "conflicts")


def by_day(stage: Stage, instants: Sequence[datetime]) -> list[dict[str, int]]:
    """The figures named in HEAD at each instant, out of the inventory's events."""
    with database.transaction(stage.inventory) as db:
        rows = db.execute(statement("reports/status_by_day"), {"instants": list(instants)})
        return [{name: int(row[_column(name)]) for name in HEAD} for row in rows.mappings()]


def _column(name: str) -> str:
    return name.lower().replace("-", "_")


def head() -> str:
    """The line above the days."""
    return f"{'Day':<22}" + "".join(f"{name:>14}" for name in HEAD)


def line(day: int, instant: datetime, figures: dict[str, int]) -> str:
    """The line of one day."""
    when = f"{day}  {instant:%Y-%m-%d %H:%M} UTC"
    return f"{when:<22}" + "".join(f"{figures[name]:>14,}" for name in HEAD)
