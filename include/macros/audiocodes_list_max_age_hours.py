"""How old a list may be that removes numbers."""

from include.macros.macro import Macro

MACRO = Macro(
    name="audiocodes_list_max_age_hours",
    default=24,
    minimum=1,
    maximum=9999,
    unit="hours",
    description=("A plan that is made later than this after its list was read removes nothing."),
)
