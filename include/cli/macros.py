"""The commands on named macros."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from include.cli import output, session
from include.cli.options import AsJson, InForceAt, Node
from include.macros import MACROS

if TYPE_CHECKING:
    from include.inventory.macros import InForce

SHOWN = ("name", "hierarchy", "value", "valid_from", "valid_to", "set_by")
IN_FORCE = ("name", "value", "unit", "from")
Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
AtNode = Annotated[
    str, typer.Option("--hierarchy", metavar="NODE", help="The hierarchy node, e.g. sys.hcs.acme.")
]

macros = typer.Typer(help="Named macros: settings at hierarchy nodes.", no_args_is_help=True)


@macros.command("list")
def list_macros(
    hierarchy: Node = None,
    with_history: Annotated[
        bool, typer.Option("--history", help="With a node, also every value that it has seen.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the macros and their values.

    With a node, the values in force there and where they come from; without one, the defaults and
    whatever was ever set, the newest first.
    """
    from include.inventory import database, hierarchies
    from include.inventory import macros as values

    with database.transaction() as db:
        if hierarchy is not None:
            hierarchies.find(db, hierarchy)
        past = values.history(db, hierarchy)
        now = [values.in_force(db, name, hierarchy) for name in MACROS] if hierarchy else []
    if not hierarchy:
        _tell([{name: row.get(name) for name in SHOWN} for row in [*_defaults(), *past]], as_json)
    elif as_json:
        output.document([_with_history(one, past, with_history) for one in now])
    else:
        output.table(IN_FORCE, [_in_force(one) for one in now])
        if with_history:
            typer.echo("\nHistory:")
            _tell(past, as_json=False)


@macros.command("get")
def get(name: Name, hierarchy: AtNode, as_of: InForceAt = None, as_json: AsJson = False) -> None:
    """Show the value in force at a node."""
    from include.inventory import database, hierarchies
    from include.inventory import macros as values

    with database.transaction() as db:
        values.named(name)
        hierarchies.find(db, hierarchy)
        found = values.in_force(db, name, hierarchy, as_of=as_of)
    if as_json:
        output.document(found)
    else:
        typer.echo(f"{found.value} {found.unit} ({_source(found)})")


# Otherwise a value such as -1 would be taken for an option, and not be refused by name.
@macros.command("set", context_settings={"ignore_unknown_options": True})
def set_macro(
    name: Name,
    value: Annotated[str, typer.Argument(metavar="VALUE", show_default=False)],
    hierarchy: AtNode,
    as_of: InForceAt = None,
    as_json: AsJson = False,
) -> None:
    """Set a macro at a node, from an instant on.

    Not from before the newest list of a connection there, above it or below it.
    """
    from include.inventory import database
    from include.inventory import macros as values

    done = database.retried(
        lambda db: values.set_value(
            db, name, value, hierarchy=hierarchy, set_by=session.actor().name, valid_from=as_of
        )
    )
    if as_json:
        output.document(done)
    else:
        start = output.text(done.valid_from)
        typer.echo(f"{name} is {done.value} {done.unit} at {hierarchy} from {start} on")


@macros.command()
def clear(name: Name, hierarchy: AtNode, as_json: AsJson = False) -> None:
    """End the value that a node itself has: a node above, or the default, is in force again."""
    from include.inventory import database
    from include.inventory import macros as values

    done = database.retried(
        lambda db: values.clear(db, name, hierarchy=hierarchy, cleared_by=session.actor().name)
    )
    if as_json:
        output.document(done)
    else:
        typer.echo(f"{name} is {done.value} {done.unit} at {hierarchy} now ({_source(done)})")


def _defaults() -> list[dict[str, Any]]:
    return [{"name": macro.name, "value": macro.default} for macro in MACROS.values()]


def _source(found: "InForce") -> str:
    return f"set at {found.source} by {found.set_by}" if found.source else "the default"


def _in_force(found: "InForce") -> list[object]:
    since = f", since {output.text(found.valid_from)}" if found.source else ""
    return [found.name, found.value, found.unit, _source(found) + since]


def _with_history(found: "InForce", past: Sequence[dict[str, Any]], wanted: bool) -> dict[str, Any]:
    mine = [row for row in past if row["name"] == found.name]
    return asdict(found) | ({"history": mine} if wanted else {})


def _tell(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        output.document(rows)
    else:
        output.table(SHOWN, [[row[name] for name in SHOWN] for row in rows])
