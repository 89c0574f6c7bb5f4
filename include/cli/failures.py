"""How a command fails: one line on stderr that says what, where and what to do; an exit code."""

from subprocess import SubprocessError
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from include.inventory.errors import BadInput, DatabaseUnavailable, InventoryError, NotMigrated


class Commands(TyperGroup):
    """Commands that end in one line where they fail, and never in a traceback."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run a command; an error that a person can do something about ends it with its code."""
        try:
            return super().invoke(ctx)
        except (TyperException, typer.Exit, typer.Abort):
            raise
        except Exception as error:
            code = exit_code(error)
            if code is None:
                raise
            typer.echo(f"numbers: {one_line(error)}", err=True)
            raise typer.Exit(code) from error

    def format_commands(self, _: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """Write what the commands do, those of a panel under its name."""
        panels: dict[str, list[tuple[str, str]]] = {}
        widest = max(map(len, self.commands), default=0)
        for name, command in self.commands.items():
            panel = getattr(command, "rich_help_panel", None)
            told = (name.ljust(widest), command.get_short_help_str(formatter.width - widest - 6))
            panels.setdefault(panel if isinstance(panel, str) else "Commands", []).append(told)
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl(rows)


def exit_code(error: Exception) -> int | None:
    """1 for a refusal, 2 for bad input or a system that fails; None for a mistake of ours."""
    from psycopg import Error as DriverError
    from sqlalchemy.exc import SQLAlchemyError

    from include.arm.errors import ArmError, SettingsInvalid

    codes: tuple[tuple[type[Exception], int | None], ...] = (
        (BrokenPipeError, None),
        (BadInput, 2),
        (DatabaseUnavailable, 2),
        (NotMigrated, 2),
        (SettingsInvalid, 2),
        (InventoryError, 1),
        (ArmError, 1),
        (SQLAlchemyError, 2),
        (DriverError, 2),
        (SubprocessError, 2),
        (UnicodeError, 2),
        (OSError, 2),
    )
    return next((code for kind, code in codes if isinstance(error, kind)), None)


def one_line(error: Exception) -> str:
    """What an error says, on one line; of a database's error, what the database said."""
    said = getattr(error, "orig", None) or error
    return " ".join(str(said).split()) or type(said).__name__
