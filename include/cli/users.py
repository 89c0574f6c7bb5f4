"""The commands on users: who sees and changes only what is at a hierarchy node or below it."""

from typing import Annotated

import typer

from include.cli import output, session
from include.cli.options import AsJson

SHOWN = ("username", "hierarchy", "set_by", "set_at")
Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
Top = Annotated[
    str, typer.Option("--hierarchy", metavar="NODE", help="The node, e.g. sys.hcs.acme.")
]

users = typer.Typer(help="Which users see a part of the hierarchy only.", no_args_is_help=True)


@users.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List the users who are limited to a node; others see everything."""
    from include.inventory import database, limits

    with database.transaction() as db:
        found = limits.listed(db)
    if as_json:
        output.document(found)
    else:
        output.table(SHOWN, [[row[name] for name in SHOWN] for row in found])


@users.command()
def limit(name: Name, hierarchy: Top, as_json: AsJson = False) -> None:
    """Limit a user to a node and what is below it."""
    from include.inventory import database, limits

    database.retried(lambda db: limits.limit(db, name, hierarchy=hierarchy, actor=session.actor()))
    if as_json:
        output.document({"username": name, "hierarchy": hierarchy})
    else:
        typer.echo(f"{name} sees and changes what is at or below {hierarchy}, and nothing else")


@users.command()
def lift(name: Name, as_json: AsJson = False) -> None:
    """Let a user see everything again."""
    from include.inventory import database, limits

    database.retried(lambda db: limits.lift(db, name))
    if as_json:
        output.document({"username": name, "hierarchy": None})
    else:
        typer.echo(f"{name} sees everything")
