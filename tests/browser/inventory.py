"""The inventory that the browser looks at: something of everything, and texts that are attacks."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from include.inventory import guards, limits, plans
from include.inventory.events import Actor
from tests.integration.factories import a_connection, a_node, a_number, a_user, observed
from tests.web import api

HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
ATTACKED, REGISTERED = "+442079460150", "+442079460160"
FREE, TO_COOL = api.AVAILABLE, "+442079460151"
DESK = "sys.hcs.acme.desk"


@dataclass(frozen=True)
class Seeded:
    """What tests ask for by its number."""

    plan: int


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
    config = a_connection(db, hierarchy=api.LONDON)
    users = [f"+4420794602{digit:02}" for digit in range(12)]
    device = a_user(REGISTERED, userAgent=HOSTILE, contact=HOSTILE)
    gone = a_user("+442079460212", nodeName=HOSTILE)
    for hours, listed in ((5, [*users, gone, device]), (3, [device])):
        observed(db, config, datetime.now(UTC) - timedelta(hours=hours), listed)
        plans.apply(db, plans.compute(db, "lab").plan, actor=Actor("tests"))
    (hold, *_) = guards.holds(db)
    assert hold.plan is not None
    return Seeded(hold.plan)
