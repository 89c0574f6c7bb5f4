"""Which share may be removed at once, of a connection or of all, before the guard withholds it."""

from include.macros.macro import Macro

MACRO = Macro(
    name="pull_sync_delete_threshold_audiocodes_overall_percent",
    default=5,
    minimum=0,
    maximum=100,
    unit="%",
    description=(
        "The share that goes with pull_sync_delete_threshold_audiocodes_overall: both must be "
        "exceeded. 0 leaves the decision to the number, and 100 switches the threshold off."
    ),
)
