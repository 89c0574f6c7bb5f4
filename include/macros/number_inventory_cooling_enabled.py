"""Whether a number that a subscriber gives up cools before it is available again."""

from include.macros.macro import Macro

MACRO = Macro(
    name="number_inventory_cooling_enabled",
    default=0,
    minimum=0,
    maximum=1,
    unit="(1 is on, 0 is off)",
    description=(
        "Whether a number that a subscriber gives up cools first. AudioCodes numbers always do, "
        "for the days of audiocodes_cooling_duration."
    ),
)
