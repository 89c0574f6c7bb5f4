"""What the overview counts the whole inventory for, and keeps for a while."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Engine

from include.inventory import database, reports
from include.inventory.connections import at_or_below
from include.inventory.reports import DayOfUtilisation, Utilisation
from include.inventory.status import Status
from include.web.pages.kept import Kept

# Of a list that can be long, the overview has the first rows.
FIRST = 5
WEEK = 7

Row = TypeVar("Row", reports.VendorAtNode, reports.CoolingDay, reports.Alert, Utilisation)


@dataclass(frozen=True)
class Estate:
    """The numbers of every node; ``below`` has the nodes by the node right above them."""

    nodes: Mapping[str, Utilisation]
    below: Mapping[str, Sequence[Utilisation]]
    vendors: Sequence[reports.VendorAtNode]
    cooling: Sequence[reports.CoolingDay]
    alerts: Mapping[str, reports.Alert]

    def total(self, node: str | None) -> Counter[Status]:
        """How many numbers have each status, at a node and below it."""
        tops = self.below.get("", ()) if node is None else filter(None, [self.nodes.get(node)])
        total: Counter[Status] = Counter()
        for top in tops:
            total.update({status: of(top, status) for status in Status})
        return total

    def nodes_at(self, node: str | None) -> int:
        """How many nodes there are, at a node and below it."""
        return sum(1 for _ in _here(self.nodes.values(), node))

    def by_vendor(self, node: str | None) -> Counter[str]:
        """How many numbers each vendor holds, at a node and below it."""
        vendors: Counter[str] = Counter()
        for row in _here(self.vendors, node):
            vendors[row.vendor] += row.numbers
        return vendors

    def cooling_at(self, node: str | None) -> Iterable[reports.CoolingDay]:
        """What cools, at a node and below it."""
        return _here(self.cooling, node)

    def short_at(self, node: str | None) -> list[reports.Alert]:
        """What runs short of a node and those below it, the shortest first."""
        return sorted(_here(self.alerts.values(), node), key=lambda one: one.available_percent)

    def level(self, node: str | None) -> list[Utilisation]:
        """The nodes right below a node: first those that run short, then by size.

        Where there is but one, those below that one instead, and itself where it has numbers.
        """
        own, found = [], self.below.get(node or "", ())
        while len(found) == 1 and found[0].hierarchy in self.below:
            own += [one for one in found if one.own_total]
            found = self.below[found[0].hierarchy]
        return own + sorted(found, key=lambda one: (one.hierarchy not in self.alerts, -one.total))


@dataclass(frozen=True)
class History:
    """The last days at a node and below it, and what of the numbers there needs somebody."""

    days: Sequence[DayOfUtilisation]
    conflicts: int
    first_conflicts: Sequence[reports.Conflict]
    reservations: Sequence[reports.Reservation]


def of(row: Utilisation | DayOfUtilisation, status: Status) -> int:
    """How many numbers of a row have a status."""
    return int(getattr(row, status.lower().replace("-", "_")))


def _here(rows: Iterable[Row], node: str | None) -> Iterable[Row]:
    return (row for row in rows if node is None or at_or_below(row.hierarchy, node))


def _estate(engine: Engine) -> Estate:
    with database.begun(engine, isolation="REPEATABLE READ", reading=True) as db:
        asked: dict[str, Any] = {"hierarchy": None, "as_of": reports.latest(db)}
        nodes = reports.utilisation(db, **asked)
        short = reports.short(db, nodes, **asked)
        vendors, cooling = reports.vendors(db, **asked), reports.cooling(db, **asked)
    below = defaultdict(list)
    for node in nodes:
        below[node.hierarchy.rpartition(".")[0]].append(node)
    named = {node.hierarchy: node for node in nodes}
    return Estate(named, dict(below), vendors, cooling, {one.hierarchy: one for one in short})


def _history(engine: Engine, node: str | None) -> History:
    with database.begun(engine, isolation="REPEATABLE READ", reading=True) as db:
        asked: dict[str, Any] = {"hierarchy": node, "as_of": reports.latest(db)}
        conflicts = reports.conflicts(db, **asked)
        ending = reports.reservations(db, **asked, within=WEEK)
        return History(
            days=reports.utilisation_by_day(db, **asked),
            conflicts=len(conflicts),
            first_conflicts=conflicts[:FIRST],
            reservations=list(islice(ending, FIRST)),
        )


ESTATE, HISTORY = Kept(_estate), Kept(_history)
"""By the engine of the inventory; the history by a node as well, or None for all."""
