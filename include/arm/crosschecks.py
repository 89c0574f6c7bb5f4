"""Whether a list is as long as the SBCs themselves say: a witness that it cannot influence."""

import logging
from dataclasses import dataclass

from include.arm.errors import ArmError, Incomplete
from include.arm.settings import SbcSettings

log = logging.getLogger(__name__)

LEAST = 10
"""So many registered users may be missing of any node, but not all: the two are not read at one
instant."""


@dataclass(frozen=True)
class CrossCheck:
    """What an SBC counted, and what the list has of it; `counted` None where it gave no answer."""

    node: str
    listed: int
    counted: int | None
    said: str = ""


def ask(node: str, settings: SbcSettings, listed: int, percent: float) -> CrossCheck:
    """The cross-check of one node. Raises Incomplete where the SBC counts clearly more than listed.

    An SBC that gives no answer proves nothing: that is said, and the list stands as it is. So it
    does where it is longer than what is counted: what is listed is kept.
    """
    from include.arm.sbc import SbcClient

    try:
        with SbcClient(settings) as sbc:
            counted = sbc.count()
    except ArmError as error:
        log.warning("%s could not be cross-checked: %s", node, error)
        return CrossCheck(node, listed, None, str(error))
    most = max(LEAST, counted * percent / 100)
    if counted - listed > most or (counted and not listed):
        raise Incomplete(
            f"{node} itself counts {counted} registered users, and the list has {listed} of it: "
            "it is not whole; look at the node in the Routing Manager, then read again"
        )
    if listed - counted > most:
        log.warning("%s counts %s registered users, and %s are listed", node, counted, listed)
    return CrossCheck(node, listed, counted)
