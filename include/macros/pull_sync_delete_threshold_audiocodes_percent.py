"""Which share of one SBC node a list may remove before the guard withholds it."""

from include.macros.macro import Macro

MACRO = Macro(
    name="pull_sync_delete_threshold_audiocodes_percent",
    default=10,
    minimum=0,
    maximum=100,
    unit="%",
    description=(
        "The share of the numbers held at one SBC node that goes with "
        "pull_sync_delete_threshold_audiocodes: both must be exceeded. 0 leaves the decision to "
        "the number, and 100 switches the threshold off."
    ),
)
