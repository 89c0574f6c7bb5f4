"""The commands on the inventory itself: its schema, importing, listing and showing numbers."""

from pathlib import Path
from typing import Annotated, Any

import typer

from include.cli import output, session
from include.cli.options import AsJson, Node
from include.inventory.status import Status

LISTED = ("internal_number", "status", "usage", "vendor", "release_date", "hierarchy")
WIDTHS = (16, 12, 8, 12, 23, 0)
EVENT = ("as_of", "cause", "actor", "from", "to", "release_date")
PLACE = ("connection", "node", "ip_group", "aor", "user_agent", "active", "since")

schema = typer.Typer(help="The inventory's database.", no_args_is_help=True)


@schema.callback()
def _group() -> None:
    """A group even though it has one command only."""


@schema.command()
def upgrade(as_json: AsJson = False) -> None:
    """Make the inventory's tables, or bring them up to date."""
    from include.inventory import database
    from include.inventory import schema as tables

    with database.transaction() as db:
        revision = tables.upgrade(db)
    if as_json:
        output.document({"revision": revision})
    else:
        typer.echo(f"The inventory's tables are at revision {revision}")


def import_numbers(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Add the numbers of a CSV file.

    Its first line names the columns: internal_number and hierarchy, and any other field of a
    number. Rows that cannot be added are listed with their line and reason.
    """
    from include.inventory import database, imports

    with output.counting("numbers read:") as progress, database.transaction() as db:
        done = imports.import_csv(db, file, actor=session.actor(), progress=progress)
    if as_json:
        output.document(done)
    else:
        output.rows((0, 0), ((f"line {row.line}:", row.reason) for row in done.rejected))
        typer.echo(
            f"{done.imported} imported, {done.existing} there already, "
            f"{len(done.rejected)} rejected"
        )
    raise typer.Exit(bool(done.rejected))


def list_numbers(
    status: Annotated[Status | None, typer.Option(help="Only of this status.")] = None,
    vendor: Annotated[str | None, typer.Option(help="Only of this vendor.")] = None,
    hierarchy: Annotated[
        str | None, typer.Option(metavar="NODE", help="Only at this node or below.")
    ] = None,
    prefix: Annotated[str | None, typer.Option(help="Only numbers that begin so.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the numbers that fit, in their order."""
    from include.inventory import database, numbers

    statuses = None if status is None else [status]
    with database.transaction() as db:
        found = numbers.find(db, numbers.Filter(statuses, vendor, None, None, hierarchy, prefix))
        if as_json:
            output.array(found)
        else:
            output.rows(WIDTHS, [LISTED])
            output.rows(WIDTHS, ([row[name] for name in LISTED] for row in found))


def show(
    number: Annotated[str, typer.Argument(metavar="NUMBER", show_default=False)],
    hierarchy: Node = None,
    as_json: AsJson = False,
) -> None:
    """Show a number, where it is online, its history."""
    from include.inventory import database, numbers

    with database.transaction() as db:
        shown = numbers.show(db, number, hierarchy=hierarchy)
    if as_json:
        output.document(shown)
    else:
        _tell(shown)


def _tell(shown: dict[str, Any]) -> None:
    online, history = shown.pop("online"), shown.pop("history")
    output.table(("field", "value"), [pair for pair in shown.items() if pair[1] is not None])
    typer.echo("\nOnline:" if online else "\nOnline nowhere")
    if online:
        output.table(PLACE, [[place[name] for name in PLACE] for place in online])
    typer.echo("\nHistory:")
    output.table(EVENT, [_event(event) for event in history])


def _event(event: dict[str, Any]) -> list[object]:
    sides = {side: "/".join(filter(None, event[side].values())) for side in ("from", "to")}
    return [(event | sides)[name] for name in EVENT]
