"""The routing managers, as Airflow's tasks reach them."""

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from include.arm import ArmSettings, SettingsInvalid


def settings(conn_id: str) -> ArmSettings:
    """The settings in an Airflow connection. Raises SettingsInvalid, naming connection and key."""
    try:
        connection = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException as error:
        raise SettingsInvalid(
            f"There is no Airflow connection {conn_id}; add it under Admin, Connections"
        ) from error
    try:
        return ArmSettings.from_connection(
            host=connection.host,
            port=connection.port,
            login=connection.login,
            password=connection.password,
            extra=connection.extra_dejson,
        )
    except SettingsInvalid as error:
        raise SettingsInvalid(f"Airflow connection {conn_id}: {error}") from error
