"""Purging a connection: a person's decision that nothing is online there any more."""

from datetime import datetime

from sqlalchemy import Connection

from include.inventory import plans, timeline
from include.inventory.connections import identify
from include.inventory.database import one_at_a_time
from include.inventory.errors import Refused
from include.inventory.statements import statement


def propose(db: Connection, connection: str, *, as_of: datetime) -> plans.Plan:
    """Propose to end all registrations of a connection: a plan that withholds all it would do.

    Nothing else is changed: a person's approval carries it out (``decisions.approve``). Raises
    Refused where the connection has been read at that instant or since.
    """
    one_at_a_time(db)
    with db.begin_nested() as trial:
        tried = carry_out(db, connection, as_of=as_of, by="nobody, who tries it")
        removals = db.execute(statement("decisions/removals"), {"plan_id": tried}).all()
        trial.rollback()
    scope = {"connection_id": identify(db, connection), "as_of": as_of}
    plan_id = int(db.execute(statement("decisions/propose_purge"), scope).scalar_one())
    wanted = {
        "plan_id": plan_id,
        "ids": [row.number_id for row in removals],
        "nodes": [row.node for row in removals],
    }
    db.execute(statement("decisions/propose_removals"), wanted)
    db.execute(statement("decisions/distrust_purge"), {"plan_id": plan_id})
    db.execute(statement("plan/seal"), {"plan_id": plan_id})
    return plans.read(db, plan_id)


def carry_out(db: Connection, connection: str, *, as_of: datetime, by: str) -> int:
    """End all registrations of a connection; the id of the plan that lets its numbers cool.

    Only an approval does this. The plan frees nothing at once, not even where the days are 0. From
    then on the connection's silence keeps no number, and its holds are over; a list read after it
    brings the connection back. Raises Refused where the connection has been read at that instant
    or since.
    """
    one_at_a_time(db)
    connection_id = identify(db, connection)
    scope = {"connection_id": connection_id, "as_of": as_of}
    newest = db.execute(statement("plan/newest_snapshot"), scope).one_or_none()
    if newest is not None and newest.as_of >= as_of:
        raise Refused(
            f"{connection} has been read at {newest.as_of.isoformat()}, not before "
            f"{as_of.isoformat()}: it is no longer what was decided on; purge it anew"
        )
    db.execute(statement("timeline/stage"))
    timeline.lay(db, connection_id, as_of)
    timeline.record(db, connection_id, as_of)
    db.execute(statement("timeline/purge"), scope)
    return plans.recompute(db, connection, as_of, ended_by=f"the purge by {by}")
