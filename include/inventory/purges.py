"""Purging a connection: a person's decision that nothing is online there any more."""

from datetime import datetime

from sqlalchemy import Connection, text

from include.inventory import plans, timeline
from include.inventory.connections import identify
from include.inventory.database import one_at_a_time
from include.inventory.errors import Refused
from include.inventory.events import Actor
from include.inventory.statements import statement


def purge(db: Connection, connection: str, *, as_of: datetime, actor: Actor) -> plans.Applied:
    """End all registrations of a connection, and cool its numbers for the usual days.

    It never makes a number Available, not even where the days are 0: the next release does. From
    then on the connection's silence keeps no number; a list read after it brings the connection
    back. Purging again changes nothing. Raises Refused where the connection has been read at that
    instant or since.
    """
    one_at_a_time(db)
    connection_id = identify(db, connection)
    scope = {"connection_id": connection_id, "as_of": as_of}
    newest = db.execute(statement("plan/newest_snapshot"), scope).one_or_none()
    if newest is not None and (newest.kind, newest.as_of) == ("purge", as_of):
        return plans.apply(db, newest.plan_id, actor=actor)
    if newest is not None and newest.as_of >= as_of:
        raise Refused(
            f"{connection} has been read at {newest.as_of.isoformat()}, not before "
            f"{as_of.isoformat()}: it is no longer what was decided on; purge it anew"
        )
    db.execute(text("TRUNCATE numbers.stage_registration"))
    timeline.lay(db, connection_id, as_of)
    timeline.record(db, connection_id, as_of, kind="purge")
    db.execute(statement("timeline/purge"), scope)
    ended = {"ended_by": f"the purge by {actor.name}", "whole": False, "nodes": []}
    db.execute(statement("plan/end_holds"), scope | ended)
    plan = plans.compute(db, connection, as_of=as_of, guarded=False)
    return plans.apply(db, plan.plan, actor=actor)
