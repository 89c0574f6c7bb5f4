"""The states of a number."""

from enum import StrEnum


class Status(StrEnum):
    """What a number is: nobody's, somebody's, set aside, or ageing until it is nobody's."""

    AVAILABLE = "Available"
    USED = "Used"
    USED_UTILITY = "Used-Utility"
    RESERVED = "Reserved"
    COOLING = "Cooling"
