"""How long a number cools after its AudioCodes device was last seen."""

from include.macros.macro import Macro

MACRO = Macro(
    name="audiocodes_cooling_duration",
    default=2,
    minimum=0,
    maximum=999,
    unit="days",
    description=(
        "Days of 24 hours between the list that first lacks an AudioCodes number and its release. "
        "A device can be offline without being deleted: this is how long it may be. 0 releases at "
        "once. It does not depend on the cooling of subscribers' numbers."
    ),
)
