"""What the overview counts the whole inventory for, and keeps for a while."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Engine

from include.inventory import database, reports
from include.inventory.connections import at_or_below, node_path
from include.inventory.reports import DayOfUtilisation, Utilisation
from include.inventory.status import Status
from include.web.pages.kept import Kept

# Of a list that can be long, the overview has the first rows.
FIRST = 5
WEEK = 7

Key = TypeVar("Key", str, date)


@dataclass(frozen=True)
class Estate:
    """The numbers of every node; "" is that above all others.

    ``below`` has the nodes by the node right above them. At a node and below it: ``nodes_at`` how
    many nodes there are, ``vendors`` how many numbers each vendor holds, ``cooling`` how many are
    released on a day, and ``overdue`` how many of them should have been.
    """

    nodes: Mapping[str, Utilisation]
    below: Mapping[str, Sequence[Utilisation]]
    nodes_at: Counter[str]
    vendors: Mapping[str, Counter[str]]
    cooling: Mapping[str, Counter[date]]
    overdue: Mapping[str, Counter[date]]
    alerts: Mapping[str, reports.Alert]

    def total(self, node: str | None) -> Counter[Status]:
        """How many numbers have each status, at a node and below it."""
        tops = self.below.get("", ()) if node is None else filter(None, [self.nodes.get(node)])
        total: Counter[Status] = Counter()
        for top in tops:
            total.update({status: of(top, status) for status in Status})
        return total

    def short_at(self, node: str | None) -> list[reports.Alert]:
        """What runs short of a node and those below it, the shortest first."""
        here = (one for one in self.alerts.values() if not node or at_or_below(one.hierarchy, node))
        return sorted(here, key=lambda one: one.available_percent)

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


def _summed(rows: Iterable[tuple[str, Key, int]]) -> Mapping[str, Counter[Key]]:
    """Amounts by node and key, added up for each node and all that is below it."""
    sums: defaultdict[str, Counter[Key]] = defaultdict(Counter)
    for hierarchy, key, amount in rows:
        for node in _up(hierarchy):
            sums[node][key] += amount
    return sums


def _up(hierarchy: str) -> list[str]:
    """Every node that a node is at or below, and that above all others."""
    return ["", *node_path(hierarchy)]


def _estate(engine: Engine) -> Estate:
    with database.begun(engine, isolation="REPEATABLE READ", reading=True) as db:
        asked: dict[str, Any] = {"hierarchy": None, "as_of": reports.latest(db)}
        nodes = reports.utilisation(db, **asked)
        short = reports.short(db, nodes, **asked)
        vendors, cooling = reports.vendors(db, **asked), reports.cooling(db, **asked)
    below = defaultdict(list)
    for node in nodes:
        below[node.hierarchy.rpartition(".")[0]].append(node)
    return Estate(
        nodes={node.hierarchy: node for node in nodes},
        below=dict(below),
        nodes_at=Counter(top for node in nodes for top in _up(node.hierarchy)),
        vendors=_summed((row.hierarchy, row.vendor, row.numbers) for row in vendors),
        cooling=_summed((row.hierarchy, row.release_day, row.numbers) for row in cooling),
        overdue=_summed((row.hierarchy, row.release_day, row.overdue) for row in cooling),
        alerts={one.hierarchy: one for one in short},
    )


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
