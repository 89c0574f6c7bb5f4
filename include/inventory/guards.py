"""The guard: what a plan may not remove, and the holds that this opens.

Mass disappearance is distrusted. It is judged in the database, from the plan and from what the
inventory holds, so a shrinking source cannot shrink its own yardstick. The rules, and their order:
``include/sql/guard/verdicts.sql``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from include.inventory.statements import statement
from include.macros import GUARD

DEFAULTS = json.dumps({macro.name: macro.default for macro in GUARD.values()})
"""What the macros of the guard are where nobody has set them, as the statements ask for it."""
UNNAMED = "the node without a name"
"""What the SBC node is called whose name is blank: it is one as good as any."""
OF_ALL = "more numbers of all connections vanished in a day than may"


@dataclass(frozen=True)
class Verdict:
    """A scope that is distrusted in a plan: the rule, its figures, and what would clear it.

    ``node`` is None for the whole connection. In numbers: ``listed`` are in the list, ``held`` are
    what the inventory holds there, ``removed`` are wanted removed and part of those, ``cooling``
    vanished before, and ``most`` is how many may vanish at once: None where it is not to be seen.
    """

    node: str | None
    rule: str
    listed: int
    held: int
    removed: int
    cooling: int
    most: int | None
    reason: str
    clears: str

    @property
    def scope(self) -> str:
        """What is distrusted, by name."""
        return scope_name(self.node)


@dataclass(frozen=True)
class Hold:
    """A scope in which removals are withheld and releases are frozen, since an instant.

    ``node`` is None for the whole connection; ``plan`` is the newest one that keeps it open, and
    ``withheld`` how many numbers that one withholds there.
    """

    connection: str
    node: str | None
    rule: str
    reason: str
    clears: str
    since: datetime
    plan: int | None
    withheld: int

    @property
    def scope(self) -> str:
        """What is held, by name."""
        return scope_name(self.node)

    @property
    def where(self) -> str:
        """What is held, and of which connection."""
        return self.connection if self.node is None else f"{self.connection}, {self.scope}"


def scope_name(node: str | None) -> str:
    """What a scope is called: a whole connection, or one SBC node of it."""
    return "the whole connection" if node is None else node or UNNAMED


def judge(db: Connection, scope: dict[str, Any], *, ended_by: str) -> None:
    """Judge a plan that is being computed; the scopes that it distrusts are held afterwards.

    ``scope`` names plan_id, connection_id, snapshot_id and as_of. Holds that nothing speaks for any
    more have been ended by what ``ended_by`` says.
    """
    db.execute(statement("guard/scopes"), scope)
    db.execute(statement("guard/verdicts"), scope | {"defaults": DEFAULTS})
    db.execute(text("DROP TABLE scope"))
    db.execute(statement("guard/end_holds"), scope | {"ended_by": ended_by})
    db.execute(statement("guard/open_holds"), scope)


def withhold(db: Connection, scope: dict[str, Any]) -> None:
    """Withhold the removals of a plan that its verdicts distrust, or that lie in any hold."""
    db.execute(statement("guard/withhold"), scope)


def wait_for_misses(db: Connection, scope: dict[str, Any]) -> None:
    """Only report the removals of a plan that too few lists in a row have lacked.

    To be done once it is known what is withheld: a person who decides on that waits for no list.
    """
    db.execute(statement("guard/missed"), scope | {"defaults": DEFAULTS})


def verdicts(db: Connection, plan_id: int, *, within: str | None = None) -> list[Verdict]:
    """What the guard distrusts in a plan: the whole connection, or some of its SBC nodes.

    For who sees a hierarchy node only, without figures of all connections.
    """
    rows = db.execute(statement("guard/read_verdicts"), {"plan_id": plan_id})
    found = [Verdict(**row) for row in rows.mappings()]
    return [
        replace(one, reason=OF_ALL, most=None) if within and one.rule == "overall" else one
        for one in found
    ]


def newest_plan(held: Sequence[Hold]) -> int:
    """The newest plan that keeps some of these holds open: what is to be decided on."""
    return max(hold.plan or 0 for hold in held)


def holds(
    db: Connection, connection: str | None = None, *, within: str | None = None
) -> list[Hold]:
    """The open holds, of one connection or of all; of those at a hierarchy node or below it.

    For who sees that node only, without figures of all connections.
    """
    rows = db.execute(statement("guard/holds"), {"connection": connection, "within": within})
    found = [Hold(**row) for row in rows.mappings()]
    return [
        replace(hold, reason=OF_ALL) if within and hold.rule == "overall" else hold
        for hold in found
    ]
