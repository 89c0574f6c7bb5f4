"""The commands of the pipeline: observe, plan, apply, all of them as sync; release and audit."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from include.cli import output, session
from include.cli.options import AsJson, AsOf, ConnectionName, MaybeAsOf

if TYPE_CHECKING:
    import pandas as pd

    from include.inventory.connections import ConnectionConfig
    from include.inventory.plans import Applied, Plan
    from include.inventory.snapshots import Snapshot


def observe(
    connection: ConnectionName,
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False)],
    as_of: AsOf,
    as_json: AsJson = False,
) -> None:
    """Lay a list of registered users in.

    FILE is Parquet, CSV or JSON lines: the whole list of the connection at that instant.
    """
    from include.arm import Malformed, records
    from include.inventory import connections, snapshots, syncs
    from include.inventory.errors import BadInput

    address = session.pipeline()
    config = connections.find(connection)
    try:
        with output.counting("registered users read:") as progress:
            frames = _counted(records.read(file), progress)
            snapshot = snapshots.land(syncs.storage(), config, as_of, frames, {"file": str(file)})
    except Malformed as error:
        raise BadInput(str(error)) from error
    observed = _observe(address, snapshot)
    if as_json:
        output.document(observed)
    else:
        _tell_observed(observed)


def plan(connection: ConnectionName, as_of: MaybeAsOf = None, as_json: AsJson = False) -> None:
    """Compute what should change, and change nothing.

    The plan is made from the newest list of the connection.
    """
    from include.inventory import database, plans

    computed = database.retried(
        lambda db: plans.compute(db, connection, as_of=as_of), session.pipeline()
    )
    if as_json:
        output.document(computed)
    else:
        _tell_plan(computed)
    raise typer.Exit(bool(computed.withheld or computed.verdicts))


def apply(
    plan: Annotated[int, typer.Argument(metavar="PLAN", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Make the changes of a plan.

    What it withholds stays as it is. Applying it again changes nothing.
    """
    from include.inventory import database, plans

    applied = database.retried(
        lambda db: plans.apply(db, plan, actor=session.actor()), session.pipeline()
    )
    if as_json:
        output.document(applied)
    else:
        _tell_applied(applied)
    raise typer.Exit(bool(applied.withheld))


def sync(connection: ConnectionName, as_of: MaybeAsOf = None, as_json: AsJson = False) -> None:
    """Read a connection, plan and apply.

    For an instant whose list was landed, that list is used again.
    """
    from include.inventory import connections

    address = session.pipeline()
    config = connections.find(connection)
    observed = _observe(address, _obtain(config, as_of or session.now()))
    computed, applied = _align(address, config.name, observed)
    if as_json:
        output.document({"observed": observed, "plan": computed, "applied": applied})
    else:
        _tell_observed(observed)
        if computed and applied:
            _tell_plan(computed)
            _tell_applied(applied)
    raise typer.Exit(bool(computed and (computed.withheld or computed.verdicts)))


def release(as_of: MaybeAsOf = None, as_json: AsJson = False) -> None:
    """Release numbers whose cooling is over."""
    from include.inventory import database, releases

    instant = as_of or session.now()
    done = database.retried(
        lambda db: releases.release(db, as_of=instant, actor=session.actor()), session.pipeline()
    )
    if as_json:
        output.document(done)
    else:
        typer.echo(f"{done.released} released; due and kept: {output.text(done.kept)}")


def audit(
    as_of: MaybeAsOf = None,
    repair: Annotated[
        bool, typer.Option("--repair/--no-repair", help="Correct what is known to be wrong.")
    ] = True,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write HTML, JSON and CSV there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the inventory, and repair it.

    Only Status and Usage are corrected, and missing numbers created; nothing is deleted.
    """
    from include.inventory import audits, database

    instant = as_of or session.now()
    done = database.retried(
        lambda db: audits.audit(
            db, as_of=instant, actor=session.actor(), repair=repair, report=report
        ),
        session.pipeline(),
        isolation="REPEATABLE READ",
    )
    if as_json:
        output.document(done)
    else:
        columns = ("name", "found", "repaired", "left", "description")
        output.table(columns, [[asdict(rule)[name] for name in columns] for rule in done.rules])
        typer.echo(
            "\n".join([f"{done.numbers} numbers checked", *done.notices, *done.files.values()])
        )
        if not done.success and report is None:
            typer.echo("With --report DIR every number that breaks a rule is named")
    raise typer.Exit(not done.success)


def _obtain(config: "ConnectionConfig", as_of: datetime) -> "Snapshot":
    """The list of a connection: landed already, or read now."""
    from include.arm import from_environment
    from include.inventory import syncs

    with output.counting("registered users read:") as progress:

        def read(land: "syncs.Land") -> "Snapshot":
            return syncs.live(config, from_environment, land, progress=progress)

        return syncs.obtain(syncs.storage(), config, as_of, read=read, now=session.now())


def _counted(
    frames: "Iterable[pd.DataFrame]", progress: Callable[[int], None]
) -> "Iterator[pd.DataFrame]":
    for frame in frames:
        progress(len(frame))
        yield frame


def _observe(address: str, snapshot: "Snapshot") -> dict[str, Any]:
    """Lay a list into the timeline; what to print of it."""
    from include.inventory import database, syncs, timeline

    observation = database.retried(
        lambda db: timeline.observe(db, snapshot, syncs.location(snapshot)), address
    )
    figures = asdict(observation)
    return {
        "snapshot": figures.pop("snapshot_id"),
        "connection": snapshot.connection,
        "as_of": snapshot.as_of,
        "registered_users": snapshot.registered_users,
        "rejected": snapshot.rejected,
        "examples": snapshot.examples,
        "doubtful": snapshot.doubtful,
        "evidence": snapshot.evidence,
        **figures,
    }


def _align(
    address: str, connection: str, observed: dict[str, Any]
) -> tuple["Plan | None", "Applied | None"]:
    """Plan and apply after the newest list; one that came late changes the past only."""
    from include.inventory import database, plans

    if not observed["newest"]:
        return None, None
    computed = database.retried(
        lambda db: plans.compute(db, connection, as_of=observed["as_of"]), address
    )
    return computed, database.retried(
        lambda db: plans.apply(db, computed.plan, actor=session.actor()), address
    )


def _tell_observed(observed: dict[str, Any]) -> None:
    typer.echo(
        f"{observed['connection']} at {output.text(observed['as_of'])}: "
        f"{observed['registered_users']} registered users, "
        f"{observed['began']} began, {observed['ended']} ended"
    )
    evidence = observed["evidence"]
    if "nodes" in evidence:
        nodes = ", ".join(
            f"{rows} at {node or 'no node'}" for node, rows in evidence["nodes"].items()
        )
        typer.echo(f"Read {evidence['passes']} times, {evidence['pages']} pages: {nodes}")
    for reason, users in observed["rejected"].items():
        few = ", ".join(observed["examples"].get(reason, []))
        typer.echo(f"No number: {users} {reason} ({few})")
    if observed["doubtful"]:
        typer.echo(f"Numbers that no country has: {observed['doubtful']}, believed all the same")
    for check in observed["evidence"].get("cross_checks", []):
        counted = "no answer" if check["counted"] is None else check["counted"]
        typer.echo(f"{check['node']} itself counts: {counted}; listed of it: {check['listed']}")
    if observed["misread"]:
        typer.echo(
            f"KEPT: {observed['misread']} whose addresses are listed, but read as another number "
            "or as none; see whether the rules of the connection have changed"
        )
    if observed["known"]:
        typer.echo("This list was known already")
    if not observed["newest"]:
        typer.echo("A newer list is known: this one changes the past only")


def _tell_plan(computed: "Plan") -> None:
    typer.echo(f"Plan {computed.plan} ({computed.status}): {output.text(computed.changes)}")
    for heading, counts in (("Withheld", computed.withheld), ("Findings", computed.findings)):
        if counts:
            typer.echo(f"{heading}: {output.text(counts)}")
    for hold in computed.holds:
        typer.echo(
            f"Hold of {hold.where}: {hold.reason}; ends with {hold.clears}, "
            f"or: numbers approve {hold.plan} --reason WHY"
        )


def _tell_applied(applied: "Applied") -> None:
    typer.echo(f"Plan {applied.plan} ({applied.status}) changed: {output.text(applied.changed)}")
