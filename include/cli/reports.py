"""The commands of the reports: one for each that the inventory has, made from their list."""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from inspect import Parameter as Argument
from inspect import Signature
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from include.cli import output
from include.cli.options import AsJson, InForceAt

if TYPE_CHECKING:
    from include.inventory.reports import Parameter, Report

# So many rows decide how wide the columns of a table are.
SAMPLE = 1000
AtOrBelow = Annotated[
    str | None, typer.Option(metavar="NODE", help="Only what is at this node or below it.")
]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV, safe for a spreadsheet.")]


class Commands(TyperGroup):
    """A command for each report; the reports are loaded where one of them is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of the commands."""
        from include.inventory.reports import REPORTS

        return [*super().list_commands(ctx), *REPORTS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name. Raises Unknown where there is no such report."""
        from include.inventory.reports import named

        return super().get_command(ctx, cmd_name) or _command(named(cmd_name))


reports = typer.Typer(
    cls=Commands, help="Reports on the numbers and their history.", no_args_is_help=True
)


@reports.command("list")
def list_reports(as_json: AsJson = False) -> None:
    """List the reports and what may be asked of each."""
    from include.inventory.reports import REPORTS

    if as_json:
        output.document([_described(report) for report in REPORTS.values()])
    else:
        output.table(
            ("report", "what it tells", "options"),
            [
                (report.name, report.description, " ".join(map(_flag, report.parameters)))
                for report in REPORTS.values()
            ],
        )


def _described(report: "Report") -> dict[str, Any]:
    return {
        "name": report.name,
        "description": report.description,
        "columns": report.columns,
        "parameters": [
            {"name": asked.name, "type": asked.type.__name__, "help": asked.help}
            for asked in report.parameters
        ],
    }


def _flag(parameter: "Parameter") -> str:
    return "--" + parameter.name.replace("_", "-")


def _command(report: "Report") -> Any:
    """The command of a report: its options are those of every report, and its own parameters."""

    def command(**options: Any) -> None:
        _run(report, **options)

    command.__doc__ = f"{report.description}."
    arguments = {
        "hierarchy": AtOrBelow,
        "as_of": InForceAt,
        **{asked.name: _option(asked) for asked in report.parameters},
    }
    flags = {"as_json": AsJson, "as_csv": AsCsv}
    command.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Argument(name, Argument.KEYWORD_ONLY, default=None, annotation=kind)
            for name, kind in arguments.items()
        ]
        + [
            Argument(name, Argument.KEYWORD_ONLY, default=False, annotation=kind)
            for name, kind in flags.items()
        ]
    )
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(report.name)(command)
    return typer.main.get_command(app)


def _option(parameter: "Parameter") -> Any:
    if parameter.type is date:
        option = typer.Option(parser=_date, metavar="DATE", help=parameter.help)
    else:
        option = typer.Option(help=parameter.help, min=parameter.minimum, max=parameter.maximum)
    return Annotated[parameter.type | None, option]


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text[:40]!r} is no date; write it as 2026-11-02") from None


def _run(
    report: "Report",
    *,
    hierarchy: str | None,
    as_of: datetime | None,
    as_json: bool,
    as_csv: bool,
    **asked: Any,
) -> None:
    """Print a report; its rows are findings for the exit code where the report says so."""
    from include.inventory import database
    from include.inventory.errors import BadInput
    from include.inventory.reports import latest

    if as_json and as_csv:
        raise BadInput("A report is printed as JSON or as CSV; leave --json or --csv away")
    given = {name: value for name, value in asked.items() if value is not None}
    with database.transaction(isolation="REPEATABLE READ") as db:
        rows = report.function(db, hierarchy=hierarchy, as_of=as_of or latest(db), **given)
        found = iter(rows)
        first = list(islice(found, SAMPLE))
        _print(report.columns, first, found, as_json=as_json, as_csv=as_csv)
    raise typer.Exit(report.finding and bool(first))


def _print(
    columns: Sequence[str],
    first: list[Any],
    rest: Iterator[Any],
    *,
    as_json: bool,
    as_csv: bool,
) -> None:
    rows = chain(first, rest)
    if as_json:
        output.array(rows)
    elif as_csv:
        _csv(columns, rows)
    else:
        cells = [columns, *(_cells(columns, row) for row in first)]
        widths = [
            max(len(output.text(cell)) for cell in column) for column in zip(*cells, strict=True)
        ]
        output.rows(widths, chain(cells, (_cells(columns, row) for row in rest)))


def _cells(columns: Sequence[str], row: Any) -> list[object]:
    """The fields of a row for a person: yes or nothing, and one decimal at the most."""
    cells: list[object] = []
    for name in columns:
        value = getattr(row, name)
        if isinstance(value, bool):
            value = "yes" if value else ""
        cells.append(f"{value:.1f}" if isinstance(value, float) else value)
    return cells


def _csv(columns: Sequence[str], rows: Iterable[Any]) -> None:
    """Print rows under their heading, a row at a time; text cannot become a formula."""
    from include.inventory import spreadsheets

    def cell(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat()
        return spreadsheets.cell(value) if isinstance(value, str) else value

    writer = csv.writer(sys.stdout, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(getattr(row, name)) for name in columns] for row in rows)
    sys.stdout.flush()  # a disk that is full is told of now, not at the end of the process
