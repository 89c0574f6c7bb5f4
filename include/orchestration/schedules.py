"""When the DAGs run."""

from datetime import UTC, datetime

from airflow.sdk import CronDataIntervalTimetable
from airflow.sdk.exceptions import AirflowTimetableInvalid

from include.inventory import connections
from include.inventory.connections import ConnectionConfig
from include.inventory.errors import ConfigurationInvalid

START = datetime(2024, 1, 1, tzinfo=UTC)
"""No run stands for an instant before this one."""


def cron(expression: str) -> CronDataIntervalTimetable:
    """Runs at the times of a cron expression in UTC, each for the interval that ends there."""
    return CronDataIntervalTimetable(expression, timezone="UTC")


def of(config: ConnectionConfig) -> CronDataIntervalTimetable:
    """When a connection is read. Raises ConfigurationInvalid, naming file and key."""
    timetable = cron(config.schedule)
    try:
        timetable.validate()
    except AirflowTimetableInvalid as error:
        raise ConfigurationInvalid(
            f"{connections.path()}: connections.{config.name}.schedule: {error}; "
            "write five fields, such as 0 2 * * *"
        ) from error
    return timetable
