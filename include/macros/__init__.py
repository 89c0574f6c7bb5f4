"""The named macros: what each is, its default and its bounds. Values live in the database."""

from include.macros import (
    audiocodes_consecutive_misses,
    audiocodes_cooling_duration,
    audiocodes_list_max_age_hours,
    number_inventory_availability_alert_percent,
    number_inventory_cooling_duration_days,
    number_inventory_cooling_enabled,
    pull_sync_delete_threshold_audiocodes,
    pull_sync_delete_threshold_audiocodes_overall,
    pull_sync_delete_threshold_audiocodes_overall_percent,
    pull_sync_delete_threshold_audiocodes_percent,
)
from include.macros.macro import Macro

GUARD: dict[str, Macro] = {
    module.MACRO.name: module.MACRO
    for module in (
        audiocodes_consecutive_misses,
        audiocodes_list_max_age_hours,
        pull_sync_delete_threshold_audiocodes,
        pull_sync_delete_threshold_audiocodes_overall,
        pull_sync_delete_threshold_audiocodes_overall_percent,
        pull_sync_delete_threshold_audiocodes_percent,
    )
}
"""What the guard distrusts: a connection may have values of its own for these."""

MACROS: dict[str, Macro] = GUARD | {
    module.MACRO.name: module.MACRO
    for module in (
        audiocodes_cooling_duration,
        number_inventory_availability_alert_percent,
        number_inventory_cooling_duration_days,
        number_inventory_cooling_enabled,
    )
}

__all__ = ["GUARD", "MACROS", "Macro"]
