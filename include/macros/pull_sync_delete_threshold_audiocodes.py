"""How many numbers of one SBC node a list may remove before the guard withholds them."""

from include.macros.macro import Macro

MACRO = Macro(
    name="pull_sync_delete_threshold_audiocodes",
    default=10,
    minimum=0,
    maximum=9999999,
    unit="numbers",
    description=(
        "More numbers of one SBC node than this, and more than the share of its companion "
        "_percent, are not removed at once: they are withheld until a list is well again, or a "
        "person approves. 0 leaves the decision to the share."
    ),
)
