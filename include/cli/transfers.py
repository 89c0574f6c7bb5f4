"""The commands that take the whole inventory in and out: importing and exporting files."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from include.cli import output, session
from include.cli.options import AsJson
from include.inventory.status import Status

if TYPE_CHECKING:
    from include.inventory.imports import Imported

# More rejections or nodes than this are not read by a person.
SHOWN = 100
STDOUT = Path("-")


def import_numbers(
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, and change nothing.")
    ] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Import what is right, whatever is wrong beside it.")
    ] = False,
    make_nodes: Annotated[
        bool, typer.Option("--make-nodes", help="Make the hierarchy nodes that are missing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add the numbers of a file, .csv or .parquet.

    Its columns are internal_number and hierarchy, and any other field of a number. The whole file
    is checked first: where a row cannot be added, nothing is, and the rows are listed with their
    line, column and reason. The same file, mended, goes on where it left off.
    """
    from include.inventory import database, imports

    with _bar() as progress:
        done = database.retried(
            lambda db: imports.import_file(
                db,
                file,
                actor=session.actor(),
                partial=partial,
                dry_run=dry_run,
                make_nodes=make_nodes,
                progress=progress,
            )
        )
    if as_json:
        output.document(done)
    else:
        _tell(done, partial=partial)
    raise typer.Exit(bool(done.rejected))


def export_numbers(
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False)],
    hierarchy: Annotated[
        str | None, typer.Option(metavar="NODE", help="Only at this node or below.")
    ] = None,
    status: Annotated[Status | None, typer.Option(help="Only of this status.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the numbers to a file, .csv or .parquet; - is CSV on standard output.

    A CSV file can be opened in a spreadsheet: an apostrophe keeps numbers from becoming formulas
    or amounts. Importing takes it away again.
    """
    from include.inventory import database, exports

    if as_json and file == STDOUT:
        raise typer.BadParameter("the document and the numbers cannot both go to standard output")
    form = "csv" if file == STDOUT else exports.form_of(file)
    target = sys.stdout.buffer if file == STDOUT else file
    with _bar() as progress, database.transaction(isolation="REPEATABLE READ") as db:
        done = exports.export(
            db,
            target,
            form=form,
            hierarchy=hierarchy,
            status=status,
            progress=lambda written, total: progress("writing", written, total),
        )
    sys.stdout.flush()  # a disk that is full is told of now, not at the end of the process
    if as_json:
        output.document(done)
    elif file != STDOUT:
        typer.echo(f"{done.exported} exported to {file}")


def _tell(done: "Imported", *, partial: bool) -> None:
    rows: list[tuple[Any, ...]] = [
        (f"line {row.line}, {row.column}:" if row.column else f"line {row.line}:", row.reason)
        for row in islice(done.rejected, SHOWN)
    ]
    output.rows((0, 0), rows)
    if len(done.rejected) > SHOWN:
        typer.echo(f"and {len(done.rejected) - SHOWN} more; --json lists all of them")
    if done.nodes:
        made = "would be made" if done.dry_run else "made"
        more = f" and {len(done.nodes) - SHOWN} more" if len(done.nodes) > SHOWN else ""
        typer.echo(f"nodes {made}: {', '.join(done.nodes[:SHOWN])}{more}")
    typer.echo(
        f"{done.imported} {'would be imported' if done.dry_run else 'imported'}, "
        f"{done.existing} there already, {len(done.rejected)} rejected"
    )
    if done.rejected and not partial:
        typer.echo(
            "Nothing is imported while a row is rejected: mend the file and run it again, "
            "or give --partial"
        )


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on stderr; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()
    console = Console(stderr=True)
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("", total=None)

        def told(step: str, done: int, total: int) -> None:
            progress.update(task, description=step, completed=done, total=total or None)

        yield told
