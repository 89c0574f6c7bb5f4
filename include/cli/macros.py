"""The commands on named macros."""

from typing import Annotated, Any

import typer

from include.cli import output, session
from include.cli.options import AsJson, InForceAt, Node
from include.macros import MACROS

SHOWN = ("name", "hierarchy", "value", "valid_from", "valid_to", "set_by")
Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
AtNode = Annotated[
    str, typer.Option("--hierarchy", metavar="NODE", help="The hierarchy node, e.g. sys.hcs.acme.")
]

macros = typer.Typer(help="Named macros: settings at hierarchy nodes.", no_args_is_help=True)


@macros.command("list")
def list_macros(hierarchy: Node = None, as_json: AsJson = False) -> None:
    """List the macros, their defaults and values.

    Values that are no longer in force are among them, the newest first. With a node, only what
    that node sees looking up.
    """
    from include.inventory import database
    from include.inventory import macros as values

    with database.transaction() as db:
        found = [*_defaults(), *values.history(db, hierarchy)]
    rows = [{name: row.get(name) for name in SHOWN} for row in found]
    if as_json:
        output.document(rows)
    else:
        output.table(SHOWN, [list(row.values()) for row in rows])


@macros.command("get")
def get(name: Name, hierarchy: AtNode, as_of: InForceAt = None, as_json: AsJson = False) -> None:
    """Show the value in force at a node."""
    from include.inventory import database
    from include.inventory import macros as values

    with database.transaction() as db:
        found = values.in_force(db, name, hierarchy, as_of=as_of)
    if as_json:
        output.document(found)
    else:
        source = f"set at {found.source} by {found.set_by}" if found.source else "the default"
        typer.echo(f"{found.value} {found.unit} ({source})")


# Otherwise a value such as -1 would be taken for an option, and not be refused by name.
@macros.command("set", context_settings={"ignore_unknown_options": True})
def set_macro(
    name: Name,
    value: Annotated[str, typer.Argument(metavar="VALUE", show_default=False)],
    hierarchy: AtNode,
    as_of: InForceAt = None,
    as_json: AsJson = False,
) -> None:
    """Set a macro at a node, from an instant on."""
    from include.inventory import database
    from include.inventory import macros as values

    with database.transaction() as db:
        done = values.set_value(
            db, name, value, hierarchy=hierarchy, set_by=session.actor().name, valid_from=as_of
        )
    if as_json:
        output.document(done)
    else:
        start = output.text(done.valid_from)
        typer.echo(f"{name} is {done.value} {done.unit} at {hierarchy} from {start} on")


def _defaults() -> list[dict[str, Any]]:
    return [{"name": macro.name, "value": macro.default} for macro in MACROS.values()]
