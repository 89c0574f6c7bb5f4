"""Reports: a route for each that the inventory has, in JSON, CSV and NDJSON."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from inspect import Parameter as Argument
from typing import Annotated, Any, Optional

from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints, create_model

from include.inventory import reports
from include.inventory.reports import REPORTS, Parameter, Report
from include.web.api import answers, sessions, streams
from include.web.api.access import Reader
from include.web.api.documents import Document, ReportList
from include.web.api.forms import Form, Wanted
from include.web.api.sessions import Session
from include.web.api.values import Day, Hierarchy, Instant, Text

router = APIRouter(tags=["reports"])

At = Annotated[Hierarchy | None, Query(description="At this node and below it.")]
AsOf = Annotated[Instant | None, Query(description="The instant that it is of; now, by default.")]


def _described(report: Report) -> dict[str, Any]:
    parameters = [asdict(one) | {"type": one.type.__name__} for one in report.parameters]
    return {
        "name": report.name,
        "description": report.description,
        "columns": list(report.columns),
        "parameters": parameters,
        "finding": report.finding,
    }


@router.get(
    "/reports",
    operation_id="list_reports",
    summary="List the reports that there are",
    responses=answers.describes(ReportList, {"items": [_described(REPORTS["alerts"])]}),
)
def list_reports(user: Reader) -> Response:  # noqa: ARG001 - asks who is there
    """Each report: its columns, and what may be asked of it."""
    return answers.document({"items": [_described(report) for report in REPORTS.values()]})


def _route(report: Report) -> Callable[..., Response]:
    """The function that answers requests for a report; its arguments are what may be asked."""

    def answer(
        user: str, form: Form, hierarchy: str | None, as_of: datetime | None, **given: Any
    ) -> Response:
        asked = {name: value for name, value in given.items() if value is not None}

        def chunks(session: Session) -> Iterator[bytes]:
            instant = as_of or reports.latest(session.db)
            node = session.within(hierarchy)
            found = report.function(session.db, hierarchy=node, as_of=instant, **asked)
            rows = (vars(row) for row in found)
            if form != "json":
                return streams.written(form, rows, report.columns)
            head = {"report": report.name, "hierarchy": node, "as_of": instant.astimezone(UTC)}
            return streams.enclosed(head, "items", rows)

        return streams.Streamed(streams.held(sessions.reading(user), chunks), form, report.name)

    arguments = [
        Argument("user", Argument.KEYWORD_ONLY, annotation=Reader),
        Argument("form", Argument.KEYWORD_ONLY, annotation=Wanted),
        Argument("hierarchy", Argument.KEYWORD_ONLY, annotation=At, default=None),
        Argument("as_of", Argument.KEYWORD_ONLY, annotation=AsOf, default=None),
        *(_argument(one) for one in report.parameters),
    ]
    answer.__signature__ = inspect.Signature(arguments)  # type: ignore[attr-defined]
    answer.__doc__ = f"{report.description}. " + inspect.cleandoc(report.row.__doc__ or "")
    return answer


def _argument(parameter: Parameter) -> Argument:
    kinds: dict[type[Any], Any] = {
        int: Annotated[int, Field(ge=parameter.minimum, le=parameter.maximum)],
        str: Annotated[Text, StringConstraints(min_length=1)],
        date: Day,
    }
    kind = kinds[parameter.type]
    annotation = Annotated[Optional[kind], Query(description=parameter.help)]  # type: ignore[valid-type]  # noqa: UP045
    return Argument(parameter.name, Argument.KEYWORD_ONLY, annotation=annotation, default=None)


def _document(report: Report) -> Any:
    """What the answer of a report looks like, for its description."""
    name = f"{report.row.__name__}Report"
    return create_model(
        name,
        __base__=Document,
        __doc__=f"The report {report.name}: of which node, as of when, and its rows.",
        report=(str, ...),
        hierarchy=(str | None, ...),
        as_of=(datetime, ...),
        items=(list[report.row], ...),  # type: ignore[name-defined]
    )


for _report in REPORTS.values():
    router.add_api_route(
        f"/reports/{_report.name}",
        _route(_report),
        methods=["GET"],
        operation_id=f"report_{_report.name}",
        summary=f"Report: {_report.description}",
        responses=answers.describes_list(
            _document(_report),
            {
                "report": _report.name,
                "hierarchy": "sys.hcs.acme",
                "as_of": "2026-11-23T00:00:00Z",
                "items": [],
            },
        ),
    )
