"""The named macros: what each is, its default and its bounds. Values live in the database."""

from include.macros import (
    audiocodes_cooling_duration,
    number_inventory_availability_alert_percent,
    number_inventory_cooling_duration_days,
    number_inventory_cooling_enabled,
)
from include.macros.macro import Macro

MACROS: dict[str, Macro] = {
    module.MACRO.name: module.MACRO
    for module in (
        audiocodes_cooling_duration,
        number_inventory_availability_alert_percent,
        number_inventory_cooling_duration_days,
        number_inventory_cooling_enabled,
    )
}

__all__ = ["MACROS", "Macro"]
