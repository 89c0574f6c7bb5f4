"""Numbers: a search as one types, and one number with why it is so, its time and its history."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ValidationError

from include.inventory import numbers
from include.inventory.errors import BadInput, Refused, Unknown
from include.inventory.numbers import Filter
from include.inventory.operations import MOVE
from include.inventory.status import Status
from include.inventory.texts import UNFIT
from include.web.api import cursors, sessions
from include.web.api.numbers import Listing
from include.web.api.problems import Problem
from include.web.api.sessions import Session
from include.web.api.values import Blank, Hierarchy, Number
from include.web.pages import operations, rendering, searches, timelines
from include.web.pages.operations import Form
from include.web.pages.searches import Search
from include.web.pages.visitors import Managing, Reading

ROWS = 50
EVENTS = 100
LONGEST_SEARCH = 120

router = APIRouter()


class Asked(BaseModel):
    """What the page is asked for, as its form sends it: what is blank asks for nothing."""

    q: str = ""
    status: list[str] = []
    vendor: str = ""
    usage: str = ""
    subscriber: str = ""
    hierarchy: str = ""
    release_from: str = ""
    release_before: str = ""
    sort: str = ""
    cursor: str = ""

    def query(self) -> dict[str, Any]:
        """What of it belongs into the address of this list, wherever it goes on."""
        given = {name: value.strip() for name, value in self if isinstance(value, str)}
        del given["cursor"]
        if given["sort"] == "internal_number":
            given["sort"] = ""
        return given | {"status": [status for status in self.status if status]}


@dataclass
class Found:
    """A page of numbers, how it was asked for, and what cannot be used of that."""

    search: Search
    filters: dict[str, Any]
    faults: dict[str, str] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    cursor: str | None = None


@router.get("/numbers")
def list_numbers(visitor: Reading, request: Request, asked: Annotated[Asked, Query()]) -> Response:
    """The numbers that fit what was typed and chosen; a script gets the table, or its next rows."""
    with sessions.reading(visitor.name) as session:
        page = _searched(session, asked)
    query = asked.query()
    more = rendering.is_partial(request) and bool(asked.cursor) and not page.faults
    values = {"asked": asked, "query": query, "found": page, "statuses": list(map(str, Status))}
    values["offered"] = operations.FOR_SEVERAL
    values["sort"] = query["sort"] or "internal_number"
    values["export"] = page.filters
    template = "number_rows.html" if more else "numbers.html"
    answer = rendering.page(request, visitor, template, **values)
    if rendering.is_partial(request) and not more:
        answer.headers["HX-Replace-Url"] = rendering.linker(request)("/numbers", **query)
    return answer


def _searched(session: Session, asked: Asked) -> Found:
    """A page of what is asked for; where something of it cannot be used, that is told instead."""
    filters = {name: value for name, value in asked.query().items() if value}
    typed = filters.pop("q", "")
    if len(typed) > LONGEST_SEARCH:
        fault = f"No more than {LONGEST_SEARCH} characters are looked for"
        return Found(Search(), filters, {"q": fault})
    search = searches.understood(typed)
    if search.filter == "text":
        search = _subscriber_or_tag(session, search, asked)
    if search.filter is not None:
        filters[search.filter] = search.value
    page = Found(search, filters)
    try:
        listing = Listing.model_validate(filters | {"cursor": asked.cursor or None})
        place = cursors.read(listing.sort, listing.cursor)
        shown = numbers.page(
            session.db, listing.of(session), sort=listing.sort, after=place, length=ROWS
        )
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            page.faults[_box(one["loc"], search)] = one["msg"].removeprefix("Value error, ")
    except Problem as problem:
        if problem.status != 422:
            raise
        page.faults["cursor"] = "This place of the list is none any more; begin anew"
    except BadInput as error:
        page.faults["hierarchy" if isinstance(error, Unknown) else "q"] = str(error)
    else:
        page.rows, page.cursor = shown.numbers, cursors.written(listing.sort, shown.next)
    return page


def _box(place: tuple[Any, ...], search: Search) -> str:
    """The field of the form that a value came from."""
    name = str(place[0])
    return "q" if name == search.filter else name


def _subscriber_or_tag(session: Session, search: Search, asked: Asked) -> Search:
    """A text as the subscriber of that very name, where there is one and none is asked for by the
    address; else as how a tag begins.
    """
    of_subscriber = Filter(subscriber=search.value, hierarchy=session.limit)
    fits = not asked.subscriber.strip() and not UNFIT.search(search.value)
    if fits and numbers.page(session.db, of_subscriber, length=1).numbers:
        return Search("subscriber", search.value, f"Numbers of the subscriber {search.value}")
    return Search("tag", search.value, f"Numbers whose tag begins with {search.value}")


@router.get("/numbers/{internal_number}")
def show_number(
    visitor: Reading,
    request: Request,
    internal_number: Number,
    hierarchy: Annotated[Hierarchy | None, Blank, Query()] = None,
) -> Response:
    """One number; where it is at several nodes and none is named, a choice between them."""
    with sessions.reading(visitor.name) as session:
        try:
            values = told(session, internal_number, hierarchy)
        except Refused:
            rows = numbers.everywhere(session.db, internal_number, user_limit=session.limit)
            values = {"internal_number": internal_number, "rows": rows}
            return rendering.page(request, visitor, "number_choice.html", **values)
    return rendering.page(request, visitor, "number.html", **values, outcome=None)


def told(session: Session, internal_number: str, hierarchy: str | None) -> dict[str, Any]:
    """What the page of a number shows."""
    session.check(hierarchy)
    number, evidence = numbers.explained(
        session.db, internal_number, hierarchy=hierarchy, user_limit=session.limit
    )
    events = list(enumerate(number["history"], start=1))[::-1]
    return {
        "number": number,
        "events": events[:EVENTS],
        "earlier": len(events[EVENTS:]),
        "picture": timelines.picture(number, evidence.stays, datetime.now(UTC)),
        "actions": operations.allowed(number),
        "extras": [name for name in number if name.startswith("extra")],
    }


@router.post("/numbers/{internal_number}/{operation}")
def change_number(
    visitor: Managing, request: Request, internal_number: Number, operation: str, form: Form
) -> Response:
    """The number after an operation on it, and what became of that; refused for a stale page."""
    node = form.one("hierarchy")
    chosen = {node: [internal_number]}
    outcome = operations.carried_out(visitor.name, operation, chosen, form)
    moved = outcome.changed and operation == MOVE.name
    node = form.one("to_hierarchy") if moved else node
    with sessions.reading(visitor.name) as session:
        values = told(session, internal_number, node)
    answer = rendering.page(request, visitor, "number.html", **values, outcome=outcome)
    address = rendering.linker(request)(f"/numbers/{internal_number}", hierarchy=node)
    answer.headers["HX-Replace-Url"] = address
    return answer
