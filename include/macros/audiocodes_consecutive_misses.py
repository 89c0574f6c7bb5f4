"""How many lists in a row must lack a number before it cools."""

from include.macros.macro import Macro

MACRO = Macro(
    name="audiocodes_consecutive_misses",
    default=1,
    minimum=1,
    maximum=99,
    unit="lists",
    description=(
        "Lists of a connection in a row that must lack a number before it begins to cool. Its "
        "days count from the first of them all the same."
    ),
)
