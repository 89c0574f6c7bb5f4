"""Release: cooling and reservations that are over, on evidence newer than their release date."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from include.inventory import plans
from include.inventory.database import one_at_a_time
from include.inventory.events import Actor
from include.inventory.statements import statement
from include.macros.audiocodes_cooling_duration import MACRO as COOLING


@dataclass(frozen=True)
class Released:
    """How many numbers became Available, and how many due ones were kept, by what keeps them."""

    as_of: datetime
    released: int
    kept: dict[str, int]


def release(db: Connection, *, as_of: datetime, actor: Actor) -> Released:
    """Release every number whose release date is reached, in the caller's transaction.

    A number stays as it is while it is listed anywhere, while a connection that ever listed it has
    not been read since its release date, or while its node is in a hold. A list that no plan has
    judged yet is judged first, so that a suspicious one is never taken for evidence.
    """
    one_at_a_time(db)
    plans.judge_new_lists(db)
    binds = {"as_of": as_of, "default_days": COOLING.default} | actor.binds()
    released = db.execute(statement("release/release"), binds).rowcount
    kept = db.execute(statement("release/kept"), binds)
    return Released(as_of, released, {row.reason: row.numbers for row in kept})
