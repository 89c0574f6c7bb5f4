"""The commands on the hierarchy: the nodes that numbers belong to."""

from dataclasses import asdict
from typing import Annotated

import typer

from include.cli import output, session
from include.cli.options import AsJson, Description, NodeArgument

SHOWN = ("hierarchy", "type", "description", "created_at", "created_by")
Top = Annotated[str | None, typer.Argument(metavar="[NODE]", show_default=False)]
_TYPE = typer.Option("--type", help="provider, reseller, customer, intermediate or site.")
Type = Annotated[str, _TYPE]
MaybeType = Annotated[str | None, _TYPE]

hierarchy = typer.Typer(help="The hierarchy that numbers belong to.", no_args_is_help=True)


@hierarchy.command("list")
def list_nodes(node: Top = None, as_json: AsJson = False) -> None:
    """List the nodes: all, or one and those below it."""
    from include.inventory import database, hierarchies

    with database.transaction() as db:
        found = hierarchies.listed(db, node)
    if as_json:
        output.document(found)
    else:
        output.table(SHOWN, [[row[name] for name in SHOWN] for row in found])


@hierarchy.command()
def show(node: NodeArgument, as_json: AsJson = False) -> None:
    """Show a node."""
    from include.inventory import database, hierarchies

    with database.transaction() as db:
        found = hierarchies.find(db, node)
    if as_json:
        output.document(found)
    else:
        output.table(("field", "value"), list(asdict(found).items()))


@hierarchy.command()
def add(
    node: NodeArgument,
    kind: Type = "intermediate",
    description: Description = None,
    as_json: AsJson = False,
) -> None:
    """Make a node, and those above it that are missing.

    From the top down come provider, reseller, customer and site, and nothing below a site; an
    intermediate node may stand anywhere above one.
    """
    from include.inventory import database, hierarchies

    made = database.retried(
        lambda db: hierarchies.add(
            db, node, actor=session.actor(), kind=kind, description=description
        )
    )
    if as_json:
        output.document({"made": made})
    else:
        typer.echo("Made " + ", ".join(made))


@hierarchy.command()
def edit(
    node: NodeArgument,
    kind: MaybeType = None,
    description: Description = None,
    as_json: AsJson = False,
) -> None:
    """Say what a node is.

    What is not given stays; a blank description clears it.
    """
    from include.inventory import database, hierarchies
    from include.inventory.errors import BadInput

    if kind is None and description is None:
        raise BadInput("Nothing is given to be set; give --type or --description")
    done = database.retried(
        lambda db: hierarchies.edit(db, node, kind=kind, description=description)
    )
    if as_json:
        output.document(done)
    else:
        about = f": {done.description}" if done.description else ""
        typer.echo(f"{node} is of the type {done.type}{about}")


@hierarchy.command()
def delete(node: NodeArgument, as_json: AsJson = False) -> None:
    """Delete a node that nothing is at."""
    from include.inventory import database, hierarchies

    database.retried(lambda db: hierarchies.delete(db, node))
    if as_json:
        output.document({"deleted": node})
    else:
        typer.echo(f"Deleted {node}")
