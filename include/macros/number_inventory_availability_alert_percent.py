"""Below which share of available numbers a hierarchy node is reported as running short."""

from include.macros.macro import Macro

MACRO = Macro(
    name="number_inventory_availability_alert_percent",
    default=10,
    minimum=0,
    maximum=100,
    unit="%",
    description=(
        "The report alerts has every hierarchy node of whose numbers, counted at the node and "
        "below it, less than this share is Available. 0 is never reported."
    ),
)
