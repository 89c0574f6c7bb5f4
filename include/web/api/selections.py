"""From a request to the numbers that it is for."""

from collections.abc import Sequence
from datetime import UTC, datetime

from include.inventory.errors import BadInput
from include.inventory.selections import Selection, size
from include.web.api import etags
from include.web.api.bodies import Asked, Numbers
from include.web.api.sessions import Session

# What an answer can wait for, and what it can hold; the terminal takes more.
MOST = 1_000_000
MOST_TOLD = 100_000


def chosen_of(
    session: Session,
    numbers: Sequence[str],
    *,
    hierarchy: str | None,
    reason: str | None,
    if_match: str | None = None,
) -> Selection:
    """Some numbers, now, within what the user may see."""
    session.check(hierarchy)
    return Selection(
        numbers=numbers,
        hierarchy=hierarchy,
        as_of=datetime.now(UTC),
        actor=session.actor,
        reason=reason,
        user_limit=session.limit,
        version=etags.expected(if_match),
    )


def asked_of(
    session: Session, body: Asked, hierarchy: str | None, if_match: str | None
) -> Selection:
    """The numbers that the body of an operation is for. Raises BadInput for too many of them."""
    numbers = body.numbers if isinstance(body, Numbers) else []
    chosen = chosen_of(session, numbers, hierarchy=hierarchy, reason=body.reason, if_match=if_match)
    per_item = isinstance(body, Numbers) and body.per_item
    if numbers:
        _check_size(numbers, MOST_TOLD if per_item else MOST)
    return Selection(**(vars(chosen) | {"dry_run": body.dry_run, "per_item": per_item}))


def _check_size(numbers: Sequence[str], most: int) -> None:
    if (many := size(numbers)) > most:
        raise BadInput(f"{many:,} numbers are asked for; one such request is for {most:,} at most")
