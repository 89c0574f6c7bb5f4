"""The options that several commands have."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from include.inventory.instants import instant


def _instant(text: str) -> datetime:
    try:
        return instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _told(text: str) -> datetime:
    """The instant; that it is yet to come is said, since what is real will seem late until then."""
    moment = _instant(text)
    if moment > datetime.now(UTC) + timedelta(minutes=5):
        typer.echo(
            f"numbers: {text} is yet to come; until then, real lists count as late", err=True
        )
    return moment


_HELP = "The instant it stands for, in ISO 8601; without a zone UTC, a date is its midnight."
_AS_OF = typer.Option(parser=_told, metavar="TIME", help=_HELP)
AsOf = Annotated[datetime, _AS_OF]
MaybeAsOf = Annotated[datetime | None, _AS_OF]
InForceAt = Annotated[
    datetime | None, typer.Option("--as-of", parser=_instant, metavar="TIME", help=_HELP)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
ConnectionName = Annotated[str, typer.Argument(metavar="CONNECTION", show_default=False)]
Node = Annotated[
    str | None, typer.Option(metavar="NODE", help="The hierarchy node, e.g. sys.hcs.acme.london.")
]
