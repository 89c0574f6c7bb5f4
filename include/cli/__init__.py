"""The command line ``numbers``: every step of the pipeline, to be run, scripted and debugged.

It starts at once: what takes time to import is imported inside the commands that need it.
"""

import typer

from include.cli import (
    connections,
    decisions,
    hierarchy,
    inventory,
    macros,
    operations,
    pipeline,
    reports,
    transfers,
    users,
)
from include.cli.failures import Commands

app = typer.Typer(
    cls=Commands,
    help="Keep a number inventory aligned with the devices registered on AudioCodes SBCs.",
    epilog="Exit codes: 0 done, 1 a finding or a refusal, 2 bad usage or input.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(inventory.schema, name="db")
app.command("import")(transfers.import_numbers)
app.command("export")(transfers.export_numbers)
operations.add_to(app)
app.command(rich_help_panel="The pipeline")(pipeline.observe)
app.command(rich_help_panel="The pipeline")(pipeline.plan)
app.command(rich_help_panel="The pipeline")(pipeline.apply)
app.command(rich_help_panel="The pipeline")(pipeline.sync)
app.command(rich_help_panel="The pipeline")(pipeline.release)
app.command(rich_help_panel="The pipeline")(pipeline.audit)
app.command(rich_help_panel="Decisions")(decisions.holds)
app.command(rich_help_panel="Decisions")(decisions.changes)
app.command(rich_help_panel="Decisions")(decisions.approve)
app.command(rich_help_panel="Decisions")(decisions.reject)
app.command(rich_help_panel="Decisions")(decisions.purge)
app.command("list")(inventory.list_numbers)
app.command()(inventory.show)
app.add_typer(macros.macros, name="macro")
app.add_typer(hierarchy.hierarchy, name="hierarchy")
app.add_typer(users.users, name="user")
app.add_typer(connections.connections, name="connection")
app.add_typer(reports.reports, name="report")


def main() -> None:
    """Run the command that the arguments name, and exit with its code.

    0: done. 1: a finding or a refusal. 2: bad usage or input. 130: interrupted.
    """
    app()
