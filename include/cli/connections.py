"""The commands on the configured connections: which there are, and whether they work."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from include.cli import output
from include.cli.options import AsJson

if TYPE_CHECKING:
    from include.arm.probe.findings import Finding
    from include.arm.settings import Settings
    from include.inventory.connections import ConnectionConfig

SHOWN = ("name", "conn_id", "type", "hierarchy", "schedule", "environment")
HEADING = (*SHOWN[:-1], "AIRFLOW_CONN_<CONN_ID> set")
UNSEEN = (
    "not set: {}. A connection made in Airflow's UI is seen by Airflow only, not by this command; "
    "docs/connecting.md says how to take one over."
)
Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]

connections = typer.Typer(
    help="Connections to routing managers and SBCs: try them out.", no_args_is_help=True
)


@connections.command("list")
def list_connections(as_json: AsJson = False) -> None:
    """List the configured connections.

    The last column says whether the environment has AIRFLOW_CONN_<CONN_ID> with its address and
    credentials, or what is wrong with it; Airflow has its own besides.
    """
    from include.inventory import connections as configured

    rows = [_row(config) for config in configured.load()]
    if as_json:
        output.document(rows)
    else:
        output.table(HEADING, [[row[name] for name in SHOWN] for row in rows])
        unset = [_variable(row["conn_id"]) for row in rows if row["environment"] == "no"]
        if unset:
            typer.echo(UNSEEN.format(", ".join(unset)), err=True)


@connections.command("test")
def try_out(name: Name, as_json: AsJson = False) -> None:
    """Try a connection out, and the SBCs that it is cross-checked with.

    Where something is not well, it says which settings to change. A login that is refused is tried
    once only. Addresses are judged by the connection's rules. Credentials come from
    AIRFLOW_CONN_<CONN_ID>.
    """
    from include.arm.probe import changes, probe
    from include.inventory import connections as configured

    config, tested = configured.find(name), []
    for number, (conn_id, settings) in enumerate(_reached(config)):
        findings = probe(settings, only_count=number > 0, rules=config.rules, nodes=_nodes(config))
        if not as_json:
            _tell(conn_id, settings, findings, changes(findings))
        tested.append(
            {
                "conn_id": conn_id,
                "type": _type(settings),
                "ok": all(finding.ok for finding in findings),
                "findings": findings,
                "change": changes(findings),
            }
        )
    well = all(one["ok"] for one in tested)
    if as_json:
        output.document({"name": name, "ok": well, "connections": tested})
    raise typer.Exit(not well)


@connections.command()
def record(
    name: Name,
    folder: Annotated[Path, typer.Argument(metavar="DIR", show_default=False)],
    pages: Annotated[int, typer.Option(min=1, max=100, help="At most so many pages.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Save the answers of one read, masked, for a report of what is wrong.

    DIR is made, and must not have anything in it. Names, numbers and addresses are replaced, the
    same by the same; credentials are left out.
    """
    from include.arm import recording
    from include.inventory import connections as configured

    [(_, settings), *_] = _reached(configured.find(name))
    done = recording.record(settings, folder, pages=pages)
    if as_json:
        output.document(done)
    else:
        count = "1 answer" if len(done.files) == 1 else f"{len(done.files)} answers"
        typer.echo(f"{count} in {folder}; read README.txt in it before sending")
        if done.error:
            typer.echo(f"The read ended early: {done.error}")
    raise typer.Exit(not done.files)


def _row(config: "ConnectionConfig") -> dict[str, Any]:
    from include.arm import SettingsInvalid, from_environment

    row = config.model_dump(include={"name", "conn_id", "hierarchy", "schedule"})
    try:
        return {**row, "type": _type(from_environment(config.conn_id)), "environment": "yes"}
    except SettingsInvalid as error:
        known = os.environ.get(_variable(config.conn_id), "").strip()
        return {**row, "type": None, "environment": str(error) if known else "no"}


def _variable(conn_id: str) -> str:
    return f"AIRFLOW_CONN_{conn_id.upper()}"


def _nodes(config: "ConnectionConfig") -> set[str]:
    """The nodes that the connection's rules and cross-checks name."""
    named = {site.node for site in config.rules.sites} | {one.node for one in config.cross_checks}
    return {node for node in named if node is not None}


def _reached(config: "ConnectionConfig") -> "list[tuple[str, Settings]]":
    """The connection and those that it is cross-checked with. Raises SettingsInvalid."""
    from include.arm import from_environment
    from include.inventory import syncs

    witnesses = syncs.witnesses(config, from_environment)
    return [
        (config.conn_id, from_environment(config.conn_id)),
        *((check.conn_id, settings) for check, settings in witnesses),
    ]


def _type(settings: "Settings") -> str:
    from include.arm.settings import ARM, SBC, SbcSettings

    return SBC if isinstance(settings, SbcSettings) else ARM


def _tell(
    conn_id: str, settings: "Settings", findings: "Sequence[Finding]", change: dict[str, object]
) -> None:
    from include.arm.probe import written

    typer.echo(f"{conn_id} ({_type(settings)}), {settings.base_url}")
    for finding in findings:
        well = "!!" if finding.warning else "ok"
        typer.echo(f"  {well if finding.ok else 'NO'}  {finding.what}: {finding.said}")
    for key, value in change.items():
        typer.echo(f"Set: {key} = {written(value)}")
