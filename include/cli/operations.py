"""The commands that change numbers: those of ``include.inventory.operations``, by the same names.

Each takes numbers and ranges, changes all of them or none, and prints what it has done.
"""

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from include.cli import output, session
from include.cli.options import (
    AnyNode,
    AsJson,
    Days,
    Description,
    DryRun,
    EachItem,
    NodeOfNumbers,
    Notes,
    Numbers,
    PerItem,
    Reason,
    Subscriber,
    Usage,
    Vendor,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from include.inventory.operations import Outcome
    from include.inventory.selections import Selection

TEXTS = (AnyNode, Reason)
PANEL = "Numbers, by hand"
ITEM = (
    "internal_number",
    "outcome",
    "hierarchy",
    "status",
    "vendor",
    "release_date",
    "reason",
)
WIDTHS = (16, 9, 24, 12, 10, 23, 0)


def add_to(app: typer.Typer) -> None:
    """Give an application the commands."""
    _add(app, add, numbers=Numbers, hierarchy=NodeOfNumbers, per_item=EachItem)
    for run in (
        delete,
        assign,
        unassign,
        mark_utility,
        reserve,
        unreserve,
        cool,
        end_cooling,
        move,
        edit,
    ):
        _add(app, run, numbers=Numbers, hierarchy=AnyNode, per_item=PerItem)
    _add(app, next_available, hierarchy=NodeOfNumbers)


def add(db: "Connection", chosen: "Selection", description: Description = None) -> "Outcome":
    """Add numbers and ranges: those that are missing.

    They become Available at the node that --hierarchy names. What is there, above it or below it
    already stays as it is.
    """
    from include.inventory import operations

    return operations.add(db, chosen, description=description)


def delete(db: "Connection", chosen: "Selection") -> "Outcome":
    """Delete Available numbers; their history stays."""
    from include.inventory import operations

    return operations.delete(db, chosen)


def assign(
    db: "Connection",
    chosen: "Selection",
    vendor: Vendor = None,
    usage: Usage = "User",
    subscriber: Subscriber = None,
) -> "Outcome":
    """Give Available numbers to a subscriber."""
    from include.inventory import operations

    return operations.assign(db, chosen, vendor=vendor, usage=usage, subscriber=subscriber)


def unassign(db: "Connection", chosen: "Selection") -> "Outcome":
    """Take numbers from subscribers and utilities.

    They cool where number_inventory_cooling_enabled is on at their node, and are Available
    elsewhere. A number that a device is listed with becomes the device's.
    """
    from include.inventory import operations

    return operations.unassign(db, chosen)


def mark_utility(
    db: "Connection", chosen: "Selection", usage: Usage, subscriber: Subscriber = None
) -> "Outcome":
    """Give Available numbers to pilots, ports and parks."""
    from include.inventory import operations

    return operations.mark_utility(db, chosen, usage=usage, subscriber=subscriber)


def reserve(
    db: "Connection", chosen: "Selection", days: Days = None, notes: Notes = None
) -> "Outcome":
    """Set Available numbers aside, for some days or until further notice."""
    from include.inventory import operations

    return operations.reserve(db, chosen, days=days, notes=notes)


def unreserve(db: "Connection", chosen: "Selection") -> "Outcome":
    """End reservations."""
    from include.inventory import operations

    return operations.unreserve(db, chosen)


def cool(db: "Connection", chosen: "Selection", days: Days = None) -> "Outcome":
    """Let Available numbers age.

    Without --days, as long as number_inventory_cooling_duration_days says at each number's node.
    """
    from include.inventory import operations

    return operations.cool(db, chosen, days=days)


def end_cooling(db: "Connection", chosen: "Selection") -> "Outcome":
    """End cooling before its time."""
    from include.inventory import operations

    return operations.end_cooling(db, chosen)


def move(
    db: "Connection",
    chosen: "Selection",
    to: Annotated[str, typer.Option(metavar="NODE", help="The node that they move to.")],
) -> "Outcome":
    """Move numbers to another hierarchy node; their states stay."""
    from include.inventory import operations

    return operations.move(db, chosen, to_hierarchy=to)


def edit(
    db: "Connection",
    chosen: "Selection",
    texts: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="NAME=TEXT",
            help="description, e164_number, extra1, extra2, …; NAME= alone clears it.",
        ),
    ],
) -> "Outcome":
    """Set free texts of numbers."""
    from include.inventory import operations

    return operations.edit(db, chosen, dict(_pairs(texts)))


def next_available(  # noqa: PLR0913 - one for each part of the wish
    db: "Connection",
    chosen: "Selection",
    *,
    count: Annotated[int, typer.Option(help="So many.")] = 1,
    consecutive: Annotated[bool, typer.Option("--consecutive", help="One behind another.")] = False,
    prefix: Annotated[str, typer.Option(help="Only numbers that begin so.")] = "",
    country: Annotated[str | None, typer.Option(help="Only of this country, e.g. GB.")] = None,
    below: Annotated[bool, typer.Option("--below", help="Also from below the node.")] = False,
    days: Days = None,
    notes: Notes = None,
    vendor: Vendor = None,
    usage: Annotated[str | None, typer.Option(help="What for; User where none is given.")] = None,
    subscriber: Subscriber = None,
) -> "Outcome":
    """Hand out the next available numbers.

    They come from the node itself or the nearest above it that has some, and are reserved, for a
    day unless --days says otherwise. With a vendor, usage or subscriber they are assigned at once.
    """
    from include.inventory import pools
    from include.inventory.errors import BadInput

    wish = pools.Wish(count, consecutive, prefix, country, below)
    if vendor is None and usage is None and subscriber is None:
        return pools.next_available(
            db, chosen, wish, days=pools.DAYS if days is None else days, notes=notes
        )
    if days is not None or notes is not None:
        raise BadInput("--days and --notes are of reservations; these numbers would be assigned")
    holder = pools.Holder(vendor, "User" if usage is None else usage, subscriber)
    return pools.next_available(db, chosen, wish, holder=holder)


def _pairs(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    from include.inventory.errors import BadInput

    seen = set()
    for pair in texts:
        name, equals, text = pair.partition("=")
        if not equals or name in seen:
            problem = "is given twice" if equals else "is not of the form NAME=TEXT"
            raise BadInput(f"--set {pair[:40]!a} {problem}")
        seen.add(name)
        yield name, text


def _add(app: typer.Typer, run: Callable[..., "Outcome"], **scope: Any) -> None:
    """Make a function of a transaction and a selection a command that takes what it takes.

    Besides, it takes a scope, and what all operations do.
    """

    def command(as_json: bool, **given: Any) -> None:
        from include.inventory import database
        from include.inventory.errors import NumbersRefused

        own = {name: given.pop(name) for name in list(given) if name not in shared}
        chosen = _selection(**given)
        try:
            done = database.retried(lambda db: run(db, chosen, **own))
        except NumbersRefused as refused:
            if as_json:
                output.document(refused.outcome)
            raise
        _tell(done, as_json)

    shared = scope | {"reason": Reason, "dry_run": DryRun}
    parameters = [
        *(_parameter(name, kind) for name, kind in scope.items() if name == "numbers"),
        *list(inspect.signature(run).parameters.values())[2:],
        *(_parameter(name, kind) for name, kind in shared.items() if name != "numbers"),
        _parameter("as_json", AsJson),
    ]
    command.__doc__ = run.__doc__
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
    )
    name = run.__name__.replace("_", "-")
    app.command(name, rich_help_panel=PANEL)(command)


def _parameter(name: str, kind: Any) -> inspect.Parameter:
    """One of the parameters that operations share: with its kind, keyword and default."""
    required = kind in (Numbers, NodeOfNumbers)
    default: Any = inspect.Parameter.empty if required else None if kind in TEXTS else False
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _selection(numbers: Sequence[str] = (), **given: Any) -> "Selection":
    from include.inventory.selections import Selection

    wishes = [wish for given in numbers for wish in (_lines() if given == "-" else [given])]
    return Selection(wishes, as_of=datetime.now(UTC), actor=session.actor(), **given)


def _lines() -> list[str]:
    """The lines of stdin that say something. Raises BadInput."""
    from include.inventory.errors import BadInput

    try:
        return [line.strip() for line in sys.stdin if line.strip()]
    except UnicodeDecodeError as error:
        raise BadInput("What comes from stdin is no text in UTF-8") from error


def _tell(done: "Outcome", as_json: bool) -> None:
    """Print what was done; 1 is the exit code where something was refused."""
    if as_json:
        output.document(done)
    else:
        if done.items:
            output.rows(WIDTHS, [ITEM])
            output.rows(WIDTHS, ([asdict(item)[name] for name in ITEM] for item in done.items))
        typer.echo(_summary(done))
    if done.refused:
        first = next(item for item in done.items if item.reason)
        few = f"{first.internal_number} {first.reason}"
        typer.echo(f"numbers: {done.refused} of {done.chosen} refused, e.g. {few}", err=True)
    raise typer.Exit(bool(done.refused))


def _summary(done: "Outcome") -> str:
    verb = "would be changed" if done.dry_run else "changed"
    more = [f"{done.refused} refused"] if done.refused else []
    more += [f"{done.unchanged} unchanged"] if done.unchanged else []
    return ", ".join([f"{done.operation}: {done.changed} of {done.chosen} {verb}", *more])
