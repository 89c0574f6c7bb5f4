"""How long a number cools that a subscriber gave up, or that an administrator cools."""

from include.macros.macro import Macro

MACRO = Macro(
    name="number_inventory_cooling_duration_days",
    default=30,
    minimum=0,
    maximum=999,
    unit="days",
    description=(
        "Days of 24 hours that a number cools after a subscriber gave it up, where "
        "number_inventory_cooling_enabled is on, or after an administrator cooled it."
    ),
)
