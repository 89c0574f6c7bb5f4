"""Registers with Airflow: the macro for templates, the web application and where its pages are to
be found, links, notes on runs.

Airflow loads this file in every one of its processes, each task's included: keep it light.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from airflow.plugins_manager import AirflowPlugin
from airflow.sdk import BaseOperatorLink

from include.orchestration import notes

PREFIX = "/number-inventory"
INNER = PREFIX.lstrip("/")
AUDIT = ("audit_number_inventory", "audit")


def audiocodes_cooling_duration(hierarchy: str) -> int:
    """The days that an AudioCodes number of a hierarchy node cools for, as in force now."""
    from include.inventory import macros
    from include.orchestration import inventory

    with inventory.transaction() as db:
        return macros.in_force(db, "audiocodes_cooling_duration", hierarchy).value


class LazyApplication:
    """The web application, imported with the first request: only the API server needs it."""

    def __init__(self) -> None:
        self._application: Callable[..., Awaitable[None]] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, as ASGI has it."""
        if self._application is None:
            from include.web import application

            self._application = application.create()
        await self._application(scope, receive, send)


class ArtifactLink(BaseOperatorLink):
    """A link from a try of the audit's task to one of the files that it left behind."""

    name = ""
    form = ""

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002 - the interface's
        """The address below Airflow's own, for the audit's task; nothing for any other."""
        if (ti_key.dag_id, ti_key.task_id) != AUDIT:
            return ""
        parts = (ti_key.dag_id, ti_key.run_id, str(ti_key.try_number))
        folder = "/".join(quote(part, safe="") for part in parts)
        return f"{INNER}/audits/{folder}/report.{self.form}"


class AuditReport(ArtifactLink):
    """The report for a person."""

    name = "Audit report"
    form = "html"


class AuditNumbers(ArtifactLink):
    """Every offending number, for a spreadsheet."""

    name = "Offending numbers (CSV)"
    form = "csv"


class AuditFigures(ArtifactLink):
    """The figures, for a program."""

    name = "Audit figures (JSON)"
    form = "json"


# Pages in Airflow's frame: an entry of its menu, and a tab of each run and each task of one. Their
# addresses begin where Airflow's do, which need not be at the root of its host.
VIEWS = [
    {
        "name": "Numbers",
        "href": f"{INNER}/",
        "destination": "nav",
        "nav_top_level": True,
        "url_route": "numbers",
        "icon": f"{INNER}/static/icon.svg",
        "icon_dark_mode": f"{INNER}/static/icon-dark.svg",
    },
    {
        "name": "Plan",
        "href": f"{INNER}/runs/{{DAG_ID}}/{{RUN_ID}}",
        "destination": "dag_run",
        "url_route": "number-inventory-plan",
    },
    {
        "name": "Numbers audit",
        "href": f"{INNER}/audits/{{DAG_ID}}/{{RUN_ID}}/{{TASK_ID}}/tab",
        "destination": "task_instance",
        "url_route": "number-inventory-audit",
    },
]


class NumberInventoryPlugin(AirflowPlugin):
    """What Airflow looks for in this file."""

    name = "number_inventory"
    macros = [audiocodes_cooling_duration]  # noqa: RUF012 - Airflow reads a list
    fastapi_apps = [  # noqa: RUF012
        {"app": LazyApplication(), "url_prefix": PREFIX, "name": "Number inventory"}
    ]
    external_views = VIEWS
    listeners = [notes]  # noqa: RUF012
    global_operator_extra_links = [AuditReport(), AuditNumbers(), AuditFigures()]  # noqa: RUF012
