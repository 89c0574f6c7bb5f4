"""Handing out the next available numbers, reserved or assigned before anybody else gets them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from include.inventory import hierarchies, operations, plans
from include.inventory.errors import BadInput, Refused
from include.inventory.operations import NEXT_AVAILABLE, Outcome
from include.inventory.selections import Selection, parse
from include.inventory.statements import statement

MOST = 1000
DAYS = 1


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
    enough.
    """
    node, prefix = _checked(db, chosen, wish)
    plans.judge_new_lists(db)
    scope = {
        "hierarchy": node,
        "user_limit": chosen.user_limit,
        "prefix": prefix,
        "below": wish.below,
    }
    nodes = list(db.execute(statement("operations/pool_nodes"), scope).scalars())
    take = _consecutive if wish.consecutive else _singly
    found = take(db, nodes, wish, prefix)
    if len(found) < wish.count:
        raise Refused(_too_few(wish, node, len(found)))
    taken = replace(chosen, numbers=found, hierarchy=node, per_item=True)
    if holder is None:
        done = operations.reserve(db, taken, days=days, notes=notes)
    else:
        done = operations.assign(db, taken, **vars(holder))
    if done.refused:
        raise Refused(f"Numbers at {node} were taken meanwhile; nothing was handed out: try again")
    return replace(done, operation=NEXT_AVAILABLE.name)


def _checked(db: Connection, chosen: Selection, wish: Wish) -> tuple[str, str]:
    """The node, and what the numbers begin with."""
    if isinstance(wish.count, bool) or not 1 <= wish.count <= MOST:
        raise BadInput(f"{wish.count!r} numbers cannot be handed out: 1 to {MOST:,} can")
    if chosen.hierarchy is None:
        raise BadInput("The next available numbers are those of a hierarchy node; name it")
    hierarchies.find(db, chosen.hierarchy)
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


def _singly(db: Connection, nodes: list[str], wish: Wish, prefix: str) -> list[str]:
    found: list[str] = []
    for node in nodes:
        for candidates in _candidates(db, node, wish, prefix):
            binds = {
                "node": node,
                "prefix": prefix,
                "wanted": wish.count - len(found),
                "candidates": candidates,
            }
            found += db.execute(statement("operations/next_available"), binds).scalars()
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


def _consecutive(db: Connection, nodes: list[str], wish: Wish, prefix: str) -> list[str]:
    """A run of numbers of one node; those that somebody else is taking are passed over."""
    for node in nodes:
        binds: dict[str, Any] = {"node": node, "prefix": prefix, "wanted": wish.count, "after": ""}
        while (
            run := db.execute(statement("operations/next_run"), binds).one_or_none()
        ) is not None:
            numbers = _between(run.first_number, run.last_number)
            free = [
                n for n in numbers if not _shares_its_code(wish.country) or _is_of(n, wish.country)
            ]
            taken = db.execute(
                statement("operations/next_available"), binds | {"candidates": free}
            ).scalars()
            if (found := list(taken)) == numbers:
                return found
            binds["after"] = run.first_number
    return []


def _between(first: str, last: str) -> list[str]:
    """The numbers from a first to a last one."""
    parse([f"{first}-{last}"])
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
