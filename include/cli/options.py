"""The options that several commands have."""

from datetime import datetime
from typing import Annotated

import typer

from include.inventory.instants import instant


def _instant(text: str) -> datetime:
    try:
        return instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


_AS_OF = typer.Option(
    parser=_instant,
    metavar="TIME",
    help="The instant it stands for, in ISO 8601; without a zone UTC, a date is its midnight.",
)
AsOf = Annotated[datetime, _AS_OF]
MaybeAsOf = Annotated[datetime | None, _AS_OF]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
ConnectionName = Annotated[str, typer.Argument(metavar="CONNECTION", show_default=False)]
Node = Annotated[
    str | None, typer.Option(metavar="NODE", help="The hierarchy node, e.g. sys.hcs.acme.london.")
]
