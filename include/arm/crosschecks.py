"""Whether a list is as long as the SBCs themselves say: a witness that it cannot influence."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from include.arm.errors import DeadlineExceeded, Incomplete, Unavailable
from include.arm.settings import SbcSettings

log = logging.getLogger(__name__)

LEAST, LEAST_SHARE = 10, 0.1
"""So many may be missing of any node, but of a small one no more than this share: the two are not
read at one instant."""

ATTEMPTS, SECONDS = 2, 30
"""How often an SBC is asked, and for how long: the list stands without its answer."""


@dataclass(frozen=True)
class CrossCheck:
    """What an SBC counted, and what the list has of it; `counted` None where it gave no answer."""

    node: str
    listed: int
    counted: int | None
    said: str = ""


def ask(node: str, settings: SbcSettings, nodes: Mapping[str, int], percent: float) -> CrossCheck:
    """The cross-check of one node, of what a list has by node.

    Raises Incomplete where the SBC counts clearly more than listed, and the ArmError that fits
    where it refuses the question. An SBC that is not there proves nothing: that is said, and the
    list stands as it is. So it does where it is longer than what is counted: what is listed is
    kept.
    """
    from include.arm.sbc import SbcClient

    listed = nodes.get(node, 0)
    try:
        quick = settings.model_copy(update={"deadline": min(settings.deadline, SECONDS)})
        with SbcClient(quick, attempts=ATTEMPTS) as sbc:
            counted = sbc.count()
    except (Unavailable, DeadlineExceeded) as error:
        log.warning("%s could not be cross-checked: %s", node, error)
        return CrossCheck(node, listed, None, str(error))
    most = max(min(LEAST, counted * LEAST_SHARE), counted * percent / 100)
    if counted - listed > most or (counted and not listed):
        raise Incomplete(
            f"{node} itself counts {counted} registered users, and {_lacks(node, nodes)}"
        )
    if listed - counted > most:
        log.warning("%s counts %s registered users, and %s are listed", node, counted, listed)
    return CrossCheck(node, listed, counted)


def _lacks(node: str, nodes: Mapping[str, int]) -> str:
    if node in nodes:
        return (
            f"the list has {nodes[node]} of it: it is not whole; look at the node in the Routing "
            "Manager, then read again"
        )
    others = ", ".join(sorted(filter(None, nodes))) or "none"
    return (
        f"the list has 0 of it: look at the node in the Routing Manager, and at the spelling in "
        f"cross_checks; the list has these nodes: {others}"
    )
