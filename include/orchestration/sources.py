"""The routing managers and SBCs, as Airflow's tasks reach them."""

from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from include.arm import SettingsInvalid
from include.arm.settings import Settings, from_parts


def settings(conn_id: str) -> Settings:
    """The settings in an Airflow connection. Raises SettingsInvalid, naming connection and key."""
    try:
        connection = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException as error:
        raise SettingsInvalid(
            f"There is no Airflow connection {conn_id}; add it under Admin, Connections"
        ) from error
    try:
        return of(connection)
    except SettingsInvalid as error:
        raise SettingsInvalid(f"Airflow connection {conn_id}: {error}") from error


def of(connection: Connection) -> Settings:
    """The settings in an Airflow connection at hand. Raises SettingsInvalid, naming the key."""
    return from_parts(
        {
            "conn_type": connection.conn_type,
            "host": connection.host,
            "port": connection.port,
            "login": connection.login,
            "password": connection.password,
            "extra": connection.extra_dejson,
        }
    )
