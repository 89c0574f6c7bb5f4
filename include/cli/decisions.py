"""The commands of a person who decides on what the guard withholds, and who proposes a purge."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, TypeVar

import typer

from include.cli import output, session
from include.cli.options import AsJson, ConnectionName

Decided = TypeVar("Decided")
PlanId = Annotated[int, typer.Argument(metavar="PLAN", show_default=False)]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept as history.")]
Hash = Annotated[
    str | None, typer.Option(metavar="HEX", help="Only if the plan still has this hash.")
]


def holds(
    connection: Annotated[
        str | None, typer.Argument(metavar="[CONNECTION]", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what is held: where removals are withheld and releases are frozen.

    Exit code 1 while there is a hold.
    """
    from include.inventory import connections, database, guards

    with database.transaction(session.pipeline()) as db:
        if connection is not None:
            connections.identify(db, connection)
        found = guards.holds(db, connection)
    if as_json:
        output.array(found)
    elif not found:
        typer.echo("Nothing is held")
    for hold in () if as_json else found:
        only = " --status withheld" if hold.withheld else ""
        typer.echo(
            f"{hold.where}: {hold.reason}\n"
            f"  held since {output.text(hold.since)} by the rule {hold.rule}; {hold.withheld} "
            f"withheld\n"
            f"  ends with {hold.clears}, or: numbers approve {hold.plan} --reason WHY\n"
            f"  the numbers: numbers changes {hold.plan}{only}"
        )
    raise typer.Exit(bool(found))


def changes(
    plan: PlanId,
    status: Annotated[
        str | None,
        typer.Option(help="Only the changes that are open, withheld, superseded or reported."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what a plan wants changed, number by number."""
    from include.inventory import database, plans

    columns = (
        "internal_number", "hierarchy", "kind", "status", "node", "from_status", "to_status",
        "release_date", "reason",
    )  # fmt: skip
    with database.transaction(session.pipeline()) as db:
        found = plans.changes(db, plan, status=status)
        if as_json:
            output.array(found)
        else:
            output.table(columns, [[change[name] for name in columns] for change in found])


def approve(plan: PlanId, reason: Why, sha256: Hash = None, as_json: AsJson = False) -> None:
    """Carry out what a plan withholds; its holds end, and its numbers cool from now on.

    Only what the plan showed and what is still true is done; where more is withheld by now, it is
    refused.
    """
    from include.inventory import decisions

    applied = _decided(decisions.approve, plan, reason, sha256)
    if as_json:
        output.document(applied)
    else:
        typer.echo(
            f"Plan {plan} was approved; plan {applied.plan} changed: {output.text(applied.changed)}"
        )
        if applied.withheld:
            typer.echo(f"Still withheld, by other holds: {output.text(applied.withheld)}")


def reject(plan: PlanId, reason: Why, sha256: Hash = None, as_json: AsJson = False) -> None:
    """Record that what a plan withholds is not to be done. Everything stays as it is."""
    from include.inventory import decisions

    _decided(decisions.reject, plan, reason, sha256)
    if as_json:
        output.document({"plan": plan, "decision": "rejected"})
    else:
        typer.echo(f"Plan {plan} was rejected; what it withholds stays withheld")


def purge(connection: ConnectionName, as_json: AsJson = False) -> None:
    """Propose to end all registrations of a connection, and change nothing.

    A person carries the proposed plan out: numbers approve PLAN --reason WHY.
    """
    from include.inventory import database, purges

    as_of = session.now()
    proposed = database.retried(
        lambda db: purges.propose(db, connection, as_of=as_of), session.pipeline()
    )
    if as_json:
        output.document(asdict(proposed))
    else:
        typer.echo(
            f"Plan {proposed.plan} would end all registrations of {connection}: "
            f"{sum(proposed.withheld.values())} numbers begin to cool\n"
            f"  the numbers: numbers changes {proposed.plan}\n"
            f"  to carry it out: numbers approve {proposed.plan} --reason WHY"
        )


def _decided(decide: Callable[..., Decided], plan: int, reason: str, sha256: str | None) -> Decided:
    """What the decision of the person at the terminal came to: of now, in each attempt.

    Dated back, it would use up the days that its numbers are to cool.
    """
    from include.inventory import database

    given = {"reason": reason, "as_of": session.now(), "actor": session.actor()}
    return database.retried(lambda db: decide(db, plan, sha256=sha256, **given), session.pipeline())
