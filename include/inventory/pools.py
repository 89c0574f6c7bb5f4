"""Handing out the next available numbers, reserved or assigned before anybody else gets them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from include.inventory import hierarchies, plans
from include.inventory.errors import BadInput, Interrupted, Refused
from include.inventory.operations import (
    NEXT_AVAILABLE,
    Item,
    Outcome,
    check_holder,
    check_limit,
    whole_days,
)
from include.inventory.selections import Selection
from include.inventory.statements import statement
from include.inventory.status import Status
from include.inventory.texts import checked
from include.macros import MACROS

MOST = 1000
DAYS = 1

Binds = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """How many numbers of which kind.

    ``consecutive`` numbers follow each other at one node. ``prefix`` is how they begin, ``country``
    a code such as GB. They come from the node itself or the nearest above it that has some; with
    ``below``, from those below it as well.
    """

    count: int = 1
    consecutive: bool = False
    prefix: str = ""
    country: str | None = None
    below: bool = False


@dataclass(frozen=True)
class Holder:
    """Who gets the numbers: a subscriber of a vendor."""

    vendor: str | None = None
    usage: str = "User"
    subscriber: str | None = None


def next_available(
    db: Connection,
    chosen: Selection,
    wish: Wish,
    *,
    days: int | None = DAYS,
    notes: str | None = None,
    holder: Holder | None = None,
) -> Outcome:
    """Take the next available numbers: Reserved for some days, or with a holder Used by it.

    The numbers of ``chosen`` are ignored. Its items say which numbers there are, in their order:
    all that were wanted, and nobody else was given any of them. Raises Refused where there are not
    enough, Interrupted where somebody took another row of a whole number meanwhile.
    """
    node, prefix = _checked(chosen, wish)
    binds = _binds(chosen, days, notes, holder) | {"node": node, "prefix": prefix}
    attempt = db.begin_nested() if chosen.dry_run else None
    plans.judge_new_lists(db)
    items = _taken(db, chosen, wish, binds)
    _lock_elsewhere(db, items)
    if attempt is not None:
        attempt.rollback()
    if len(items) < wish.count:
        raise Refused(_too_few(wish, node, len(items)))
    return Outcome(NEXT_AVAILABLE.name, wish.count, wish.count, dry_run=chosen.dry_run, items=items)


def _binds(chosen: Selection, days: int | None, notes: str | None, holder: Holder | None) -> Binds:
    """What the numbers become, when, by whom and why."""
    whole_days(days)
    until = None if days is None or holder else chosen.as_of + timedelta(days=days)
    if holder is not None:
        check_holder(holder.vendor, holder.usage)
    given = holder or Holder(usage="")
    return {
        "to_status": str(Status.USED if holder else Status.RESERVED),
        "to_usage": checked("usage", given.usage),
        "to_vendor": checked("vendor", given.vendor),
        "to_subscriber": checked("subscriber", given.subscriber),
        "release_date": until,
        "reservation_notes": None if holder else checked("notes", notes),
        "as_of": chosen.as_of,
        "cause": NEXT_AVAILABLE.cause,
        "reason": checked("reason", chosen.reason),
        "device_days": MACROS["audiocodes_cooling_duration"].default,
    } | chosen.actor.binds()


def _taken(db: Connection, chosen: Selection, wish: Wish, binds: Binds) -> list[Item]:
    """The numbers that are taken: all that are wanted, or fewer, of which none is taken then."""
    if not wish.consecutive and not _shares_its_code(wish.country):
        items = _take(db, binds, wish.count)
        if items:
            return items
    scope = {
        "hierarchy": binds["node"],
        "user_limit": chosen.user_limit,
        "prefix": binds["prefix"],
        "below": wish.below,
    }
    hierarchies.find(db, binds["node"])
    nodes = list(db.execute(statement("operations/pool_nodes"), scope).scalars())
    if wish.consecutive:
        return _consecutive(db, nodes, wish, binds)
    attempt = db.begin_nested()
    items = _singly(db, nodes, wish, binds)
    if len(items) < wish.count:
        attempt.rollback()
    else:
        attempt.commit()
    return items


def _lock_elsewhere(db: Connection, items: list[Item]) -> None:
    """Have the other rows of whole numbers wait; raises Interrupted where one was taken as well."""
    whole = [item for item in items if item.internal_number.startswith("+")]
    if whole:
        binds = {
            "numbers": [item.internal_number for item in whole],
            "hierarchies": [item.hierarchy for item in whole],
        }
        if db.execute(statement("operations/lock_elsewhere"), binds).scalar_one():
            raise Interrupted(
                "Some of the numbers were taken at another node meanwhile; nothing was done: try "
                "again"
            )


def _take(
    db: Connection,
    binds: Binds,
    wanted: int,
    *,
    candidates: list[str] | None = None,
    fewer: bool = False,
) -> list[Item]:
    """Take as many numbers of a node, or none where there are fewer; or those that there are."""
    more = {"wanted": wanted, "candidates": candidates, "fewer": fewer}
    rows = db.execute(statement("operations/next_available"), binds | more)
    return [Item(outcome="changed", **row) for row in rows.mappings()]


def _checked(chosen: Selection, wish: Wish) -> tuple[str, str]:
    """The node, and what the numbers begin with."""
    if isinstance(wish.count, bool) or not 1 <= wish.count <= MOST:
        raise BadInput(f"{wish.count!r} numbers cannot be handed out: 1 to {MOST:,} can")
    if chosen.hierarchy is None:
        raise BadInput("The next available numbers are those of a hierarchy node; name it")
    check_limit(hierarchies.well_formed(chosen.hierarchy), chosen)
    digits = wish.prefix.removeprefix("+")
    if len(digits) > 15 or not all(sign in "0123456789*#" for sign in digits):
        raise BadInput(f"{wish.prefix[:40]!a} is no prefix: + and digits, or 0-9*#")
    code = _code(wish.country)
    if code is None:
        return chosen.hierarchy, wish.prefix
    if code.startswith(wish.prefix):
        return chosen.hierarchy, code
    if not wish.prefix.startswith(code):
        raise BadInput(f"No number of {wish.country} begins with {wish.prefix}; it is {code}")
    return chosen.hierarchy, wish.prefix


def _code(country: str | None) -> str | None:
    """What the numbers of a country begin with."""
    if country is None:
        return None
    from phonenumbers import country_code_for_region

    code = country_code_for_region(country.upper())
    if not code:
        raise BadInput(f"{country[:40]!a} is no country; give two letters, e.g. GB")
    return f"+{code}"


def _singly(db: Connection, nodes: list[str], wish: Wish, binds: Binds) -> list[Item]:
    """Numbers of one node after the other, until there are enough."""
    found: list[Item] = []
    for node in nodes:
        for candidates in _candidates(db, node, wish, binds["prefix"]):
            wanted = wish.count - len(found)
            scope = binds | {"node": node}
            found += _take(db, scope, wanted, candidates=candidates, fewer=True)
            if len(found) == wish.count:
                return found
    return found


def _candidates(db: Connection, node: str, wish: Wish, prefix: str) -> Iterator[list[str] | None]:
    """Which numbers of a node may be taken, in lots; None for any.

    Countries that share a code are told apart number by number.
    """
    if not _shares_its_code(wish.country):
        yield None
        return
    after = ""
    while lot := _lot(db, node, prefix, after):
        after = lot[-1]
        yield [number for number in lot if _is_of(number, wish.country)]


def _lot(db: Connection, node: str, prefix: str, after: str) -> list[str]:
    binds = {"node": node, "prefix": prefix, "after": after, "wanted": 2000}
    return list(db.execute(statement("operations/pool_lot"), binds).scalars())


def _shares_its_code(country: str | None) -> bool:
    if country is None:
        return False
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, country_code_for_region

    return len(COUNTRY_CODE_TO_REGION_CODE[country_code_for_region(country.upper())]) > 1


def _is_of(number: str, country: str | None) -> bool:
    from phonenumbers import NumberParseException, parse, region_code_for_number

    try:
        return bool(region_code_for_number(parse(number)) == (country or "").upper())
    except NumberParseException:
        return False


def _consecutive(db: Connection, nodes: list[str], wish: Wish, binds: Binds) -> list[Item]:
    """A run of numbers of one node; those that cannot be had are passed over."""
    for node in nodes:
        blocked = _foreign(db, node, wish, binds["prefix"])
        scope = binds | {"node": node, "wanted": wish.count, "blocked": blocked}
        while (
            run := db.execute(statement("operations/next_run"), scope).one_or_none()
        ) is not None:
            numbers = _between(run.first_number, run.last_number)
            attempt = db.begin_nested()
            items = _take(db, scope, wish.count, candidates=numbers, fewer=True)
            if len(items) == wish.count:
                attempt.commit()
                return items
            attempt.rollback()
            blocked += sorted(set(numbers) - {item.internal_number for item in items})
    return []


def _foreign(db: Connection, node: str, wish: Wish, prefix: str) -> list[str]:
    """The available numbers of a node that are of another country of the same code."""
    foreign: list[str] = []
    after = ""
    while _shares_its_code(wish.country) and (lot := _lot(db, node, prefix, after)):
        after = lot[-1]
        foreign += [number for number in lot if not _is_of(number, wish.country)]
    return foreign


def _between(first: str, last: str) -> list[str]:
    """The numbers from a first to a last one, which have the same form and length."""
    plus = "+" if first.startswith("+") else ""
    width = len(first) - len(plus)
    return [f"{plus}{value:0{width}}" for value in range(int(first), int(last) + 1)]


def _too_few(wish: Wish, node: str, found: int) -> str:
    kind = "consecutive numbers" if wish.consecutive else "numbers"
    if wish.prefix or wish.country:
        kind += " of that prefix or country"
    where = f"at {node} and above it" if not wish.below else f"at {node}, above it and below it"
    have = "" if wish.consecutive else f", there are {found}"
    return (
        f"{wish.count} {kind} are not available {where}{have}; nothing was handed out: add "
        "numbers, or ask for fewer"
    )
