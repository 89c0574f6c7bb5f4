"""The inventory that the browser looks at: something of everything, and texts that are attacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from include.inventory import guards, limits, plans
from include.inventory.connections import ConnectionConfig
from include.inventory.events import Actor
from tests.integration.factories import a_connection, a_node, a_number, a_user, observed
from tests.web import api

HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
ATTACKED, REGISTERED = "+442079460150", "+442079460160"
FREE, TO_COOL = api.AVAILABLE, "+442079460151"
DESK = "sys.hcs.acme.desk"
User = str | Mapping[str, Any]


GONE = [f"+4411396020{digit:02}" for digit in range(12)]


@dataclass(frozen=True)
class Seeded:
    """What tests ask for by its number: a plan that waits, and one that a test decides on."""

    plan: int
    decidable: int


def seed(db: Connection) -> Seeded:
    """The inventory of the API's tests, with a plan that withholds, a device and hostile texts."""
    api.seed(db)
    a_node(db, DESK, "site")
    a_number(db, TO_COOL, description="to be cooled")
    soon = datetime.now(UTC) + timedelta(days=9)
    a_number(
        db,
        ATTACKED,
        status="Reserved",
        release_date=soon,
        description=HOSTILE,
        reservation_notes=HOSTILE,
        extra={"extra1": HOSTILE},
    )
    limits.limit(db, "lil", hierarchy=api.LEEDS, actor=Actor("tests"))
    device = a_user(REGISTERED, userAgent=HOSTILE, contact=HOSTILE)
    users = [f"+4420794602{digit:02}" for digit in range(12)]
    gone = a_user("+442079460212", nodeName=HOSTILE)
    plan = _withheld(db, a_connection(db, hierarchy=api.LONDON), [*users, gone], device)
    branch = a_connection(db, "branch", hierarchy=api.LEEDS)
    return Seeded(plan, _withheld(db, branch, GONE, "+441139602099"))


def _withheld(db: Connection, config: ConnectionConfig, users: Sequence[User], stays: User) -> int:
    """The plan that withholds the removal of all users of a connection but one."""
    for hours, listed in ((5, [*users, stays]), (3, [stays])):
        observed(db, config, datetime.now(UTC) - timedelta(hours=hours), listed)
        plans.apply(db, plans.compute(db, config.name).plan, actor=Actor("tests"))
    held = [hold.plan for hold in guards.holds(db) if hold.connection == config.name]
    assert held[0] is not None
    return held[0]
