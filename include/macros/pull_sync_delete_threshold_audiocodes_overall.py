"""How many numbers of a connection, or of all, may be removed before the guard withholds them."""

from include.macros.macro import Macro

MACRO = Macro(
    name="pull_sync_delete_threshold_audiocodes_overall",
    default=50,
    minimum=0,
    maximum=9999999,
    unit="numbers",
    description=(
        "More numbers than this of one connection at once, or of all connections within 24 hours, "
        "and more than the share of its companion _percent, are not removed. 0 leaves the "
        "decision to the share."
    ),
)
