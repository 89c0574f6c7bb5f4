"""The commands on the inventory itself: its schema, importing, listing and showing numbers."""

import csv
import sys
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any

import typer

from include.cli import output
from include.cli.options import AsJson, Node, instant_given
from include.inventory.status import Status

LISTED = (
    "internal_number", "status", "usage", "vendor", "subscriber", "release_date", "hierarchy"
)  # fmt: skip
WIDTHS = (16, 12, 8, 12, 12, 23, 0)
EVENT = (
    "as_of",
    "cause",
    "actor",
    "from",
    "to",
    "release_date",
    "hierarchy",
    "subscriber",
    "reason",
)
MOST = 1_000_000_000
PLACE = ("connection", "node", "ip_group", "aor", "user_agent", "active", "since")


class Sort(StrEnum):
    """How a list is sorted."""

    NUMBER = "internal_number"
    SOON = "release_date"
    LATE = "-release_date"


schema = typer.Typer(help="The inventory's database.", no_args_is_help=True)


@schema.callback()
def _group() -> None:
    """A group even though it has one command only."""


@schema.command()
def upgrade(as_json: AsJson = False) -> None:
    """Make the inventory's tables, or bring them up to date."""
    from include.inventory import database
    from include.inventory import schema as tables

    revision = database.retried(tables.upgrade)
    if as_json:
        output.document({"revision": revision})
    else:
        typer.echo(f"The inventory's tables are at revision {revision}")


def list_numbers(  # noqa: PLR0913 - one for each filter
    *,
    status: Annotated[
        list[Status] | None, typer.Option(help="Only of this status; may be given again.")
    ] = None,
    vendor: Annotated[str | None, typer.Option(help="Only of this vendor.")] = None,
    usage: Annotated[str | None, typer.Option(help="Only of this usage.")] = None,
    subscriber: Annotated[str | None, typer.Option(help="Only of this subscriber.")] = None,
    hierarchy: Annotated[
        str | None, typer.Option(metavar="NODE", help="Only at this node or below.")
    ] = None,
    prefix: Annotated[str | None, typer.Option(help="Only numbers that begin so.")] = None,
    ending: Annotated[str | None, typer.Option(help="Only numbers that end so.")] = None,
    release_from: Annotated[
        datetime | None,
        typer.Option(
            parser=instant_given, metavar="TIME", help="Only to be released then or later."
        ),
    ] = None,
    release_before: Annotated[
        datetime | None,
        typer.Option(parser=instant_given, metavar="TIME", help="Only to be released before it."),
    ] = None,
    aor: Annotated[
        str | None,
        typer.Option(
            metavar="USER[@HOST]", help="Only those listed now with that AOR, or one of that user."
        ),
    ] = None,
    tag: Annotated[str | None, typer.Option(help="Only those whose tag begins so.")] = None,
    sort: Annotated[
        Sort, typer.Option(help="By number or release date; - is downwards.")
    ] = Sort.NUMBER,
    limit: Annotated[int | None, typer.Option(min=1, max=MOST, help="So many at most.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print them as CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the numbers that fit, in their order.

    By release date, only those that have one. The CSV is safe to open in a spreadsheet, and can be
    imported again; it lacks the extras.
    """
    from include.inventory import database, numbers

    wanted = numbers.Filter(
        list(map(str, status)) if status else None,
        vendor,
        usage,
        subscriber,
        hierarchy,
        prefix,
        ending,
        release_from,
        release_before,
        aor,
        tag,
    )
    if as_csv and as_json:
        raise typer.BadParameter("Give --csv or --json, not both")
    with database.transaction() as db:
        found = islice(numbers.find(db, wanted, sort=sort), limit)
        if as_json:
            output.array(found)
        elif as_csv:
            _csv(found)
        else:
            output.rows(WIDTHS, [LISTED])
            output.rows(WIDTHS, ([row[name] for name in LISTED] for row in found))


def show(
    number: Annotated[str, typer.Argument(metavar="NUMBER", show_default=False)],
    hierarchy: Node = None,
    as_json: AsJson = False,
) -> None:
    """Show a number, why it is so, where it is online, its history."""
    from include.inventory import database, numbers

    with database.transaction() as db:
        shown = numbers.show(db, number, hierarchy=hierarchy)
    if as_json:
        output.document(shown)
    else:
        _tell(shown)


def _csv(found: Iterable[dict[str, Any]]) -> None:
    """Print numbers under their heading, one at a time; text cannot become a formula."""
    from include.inventory import spreadsheets
    from include.inventory.fields import DIGITS, FIELDS

    def cell(name: str, value: Any) -> str:
        if value is None:
            return ""
        text = value.isoformat() if isinstance(value, datetime) else str(value)
        return spreadsheets.cell(text, always=name in DIGITS)

    writer = csv.writer(sys.stdout, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows([cell(name, row[name]) for name in FIELDS] for row in found)
    sys.stdout.flush()  # a disk that is full is told of now, not at the end of the process


def _tell(shown: dict[str, Any]) -> None:
    online, history = shown.pop("online"), shown.pop("history")
    typer.echo(shown.pop("why") + "\n")
    output.table(("field", "value"), [pair for pair in shown.items() if pair[1] is not None])
    typer.echo("\nOnline:" if online else "\nOnline nowhere")
    if online:
        output.table(PLACE, [[place[name] for name in PLACE] for place in online])
    typer.echo("\nHistory:")
    output.table(EVENT, [_event(event) for event in history])


def _event(event: dict[str, Any]) -> list[object]:
    sides = {side: "/".join(filter(None, event[side].values())) for side in ("from", "to")}
    detail = event["detail"] or {}
    told = {"reason": detail.get("reason"), "subscriber": detail.get("subscriber")}
    return [(event | sides | told)[name] for name in EVENT]
