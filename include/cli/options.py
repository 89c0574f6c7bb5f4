"""The options that several commands have."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from include.inventory.instants import CLOCKS_DIFFER_BY, instant


def instant_given(text: str) -> datetime:
    """The instant of an option's text. Raises BadParameter."""
    try:
        return instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _past(text: str) -> datetime:
    """The instant. Raises BadParameter for one to come: it would speak for all until then."""
    moment = instant_given(text)
    if moment > datetime.now(UTC) + CLOCKS_DIFFER_BY:
        raise typer.BadParameter(f"{text} is yet to come; give an instant that has been")
    return moment


_HELP = "The instant it stands for, in ISO 8601; without a zone UTC, a date is its midnight."
_AS_OF = typer.Option(parser=_past, metavar="TIME", help=_HELP)
AsOf = Annotated[datetime, _AS_OF]
MaybeAsOf = Annotated[datetime | None, _AS_OF]
InForceAt = Annotated[
    datetime | None, typer.Option("--as-of", parser=instant_given, metavar="TIME", help=_HELP)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
ConnectionName = Annotated[str, typer.Argument(metavar="CONNECTION", show_default=False)]
Node = Annotated[
    str | None, typer.Option(metavar="NODE", help="The hierarchy node, e.g. sys.hcs.acme.london.")
]
Numbers = Annotated[
    list[str],
    typer.Argument(
        metavar="NUMBERS",
        help="Numbers, and ranges FIRST-LAST; - reads them from stdin, one a line.",
        show_default=False,
    ),
]
AnyNode = Annotated[
    str | None,
    typer.Option(metavar="NODE", help="Look for them at this node, above it and below it."),
]
NodeOfNumbers = Annotated[
    str, typer.Option(metavar="NODE", help="The hierarchy node, e.g. sys.hcs.acme.london.")
]
NodeArgument = Annotated[str, typer.Argument(metavar="NODE", show_default=False)]
Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Why; it is kept as history.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Change nothing; say what would be changed.")
]
PerItem = Annotated[
    bool, typer.Option("--per-item", help="Take each number that can be taken, not all or none.")
]
EachItem = Annotated[bool, typer.Option("--per-item", help="Say which numbers there were already.")]
Days = Annotated[int | None, typer.Option(metavar="DAYS", help="For so many days of 24 hours.")]
Notes = Annotated[str | None, typer.Option(metavar="TEXT", help="What a reservation is for.")]
Vendor = Annotated[str | None, typer.Option(help="Whose device or service it will be.")]
Usage = Annotated[str, typer.Option(help="What for, e.g. User, Device or Hunt_Pilot.")]
Subscriber = Annotated[str | None, typer.Option(help="Who gets the numbers.")]
Description = Annotated[str | None, typer.Option(metavar="TEXT", help="What it is.")]
