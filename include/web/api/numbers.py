"""Numbers: lists of them, and each with its history."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from include.inventory import numbers, operations
from include.inventory.database import repeated
from include.inventory.errors import NotFound
from include.inventory.fields import FIELDS
from include.inventory.numbers import LONGEST_PAGE, Filter
from include.inventory.status import Status
from include.web.api import answers, cursors, etags, sessions, streams
from include.web.api.access import Manager, Reader
from include.web.api.bodies import Sent, Texts, accepts
from include.web.api.documents import NumberDocument, NumberPage
from include.web.api.etags import IfMatch, IfNoneMatch
from include.web.api.forms import Wanted
from include.web.api.selections import chosen_of
from include.web.api.sessions import Session
from include.web.api.values import Hierarchy, Instant, Name, Number, Text

_FIELD = rf"(?:{'|'.join(FIELDS)}|extra[1-9][0-9]{{0,3}})"
Digits = Annotated[str, StringConstraints(pattern=r"^\+?[0-9*#]{1,15}$")]
Sort = Annotated[str, StringConstraints(pattern=f"^(?:{'|'.join(numbers.SORTS)})$")]
Cursor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=cursors.LONGEST)]
FieldNames = Annotated[str, StringConstraints(pattern=rf"^{_FIELD}(?:,{_FIELD})*$")]
AtNode = Annotated[
    Hierarchy | None, Query(description="Look for it at this node, above it and below it.")
]

router = APIRouter(tags=["numbers"])


class Filters(BaseModel):
    """Which numbers a list is of: those that fit everything that is given."""

    status: list[Status] = Field([], description="One of these.")
    vendor: Name | None = None
    usage: Name | None = None
    subscriber: Name | None = None
    hierarchy: Hierarchy | None = Field(None, description="At this node or below it.")
    prefix: Digits | None = Field(None, description="How the number begins.")
    ending: Digits | None = Field(None, description="How the number ends.")
    release_from: Instant | None = Field(None, description="Released then or later.")
    release_before: Instant | None = Field(None, description="Released before that instant.")
    aor: Name | None = Field(
        None,
        description="The AOR that it is listed with now: the user part, as much of the host as is "
        "given.",
        examples=["1001@10.8.5.71"],
    )
    tag: Name | None = Field(None, description="How the tag begins.", examples=["Cooling for 2"])

    def of(self, session: Session) -> Filter:
        """The filter of the inventory, within what the user may see."""
        names = (
            "vendor",
            "usage",
            "subscriber",
            "prefix",
            "ending",
            "release_from",
            "release_before",
            "aor",
            "tag",
        )
        given = {name: getattr(self, name) for name in names}
        statuses = [str(status) for status in self.status] or None
        return Filter(statuses=statuses, hierarchy=session.within(self.hierarchy), **given)


class Listing(Filters):
    """Which numbers, which fields of them, and in which order."""

    sort: Sort = Field("internal_number", description="The order; with a - from its end.")
    cursor: Cursor | None = Field(None, description="That of the page before.")
    limit: int | None = Field(
        None, ge=1, le=LONGEST_PAGE, description="How many; 100, and all of them as CSV and NDJSON."
    )
    fields: FieldNames | None = Field(
        None, description="Names of fields, with commas; all, by default."
    )

    def columns(self) -> list[str] | None:
        """The names of the fields that are asked for, each once."""
        return None if self.fields is None else list(dict.fromkeys(self.fields.split(",")))


@router.get(
    "/numbers",
    operation_id="list_numbers",
    summary="List numbers",
    responses=answers.describes_list(
        NumberPage,
        {
            "items": [
                {
                    "internal_number": "+442079460123",
                    "hierarchy": "sys.hcs.acme.london",
                    "status": "Available",
                }
            ],
            "next": None,
        },
        headers=answers.LINK,
    ),
)
def list_numbers(
    user: Reader, request: Request, form: Wanted, listing: Annotated[Listing, Query()]
) -> Response:
    """The numbers that fit: a page of them as JSON, or all of them as CSV or NDJSON, as they are
    at one instant. Sorted by release date, numbers without one are left out.
    """
    after = cursors.read(listing.sort, listing.cursor)
    if form == "json":
        return _page(user, request, listing, after)

    def chunks(session: Session) -> Iterator[bytes]:
        rows = islice(_rows(session, listing, after), listing.limit)
        columns = listing.columns()
        chosen = rows if columns is None else (_only(row, columns) for row in rows)
        return streams.written(form, chosen, columns or FIELDS)

    return streams.Streamed(streams.held(sessions.reading(user), chunks), form, "numbers")


def _page(user: str, request: Request, listing: Listing, after: tuple[Any, ...] | None) -> Response:
    with sessions.reading(user) as session:
        page = numbers.page(
            session.db,
            listing.of(session),
            sort=listing.sort,
            after=after,
            length=listing.limit or 100,
        )
    columns = listing.columns()
    items = page.numbers if columns is None else [_only(row, columns) for row in page.numbers]
    cursor = cursors.written(listing.sort, page.next)
    headers = {} if cursor is None else {"Link": f'<{_with(request, cursor)}>; rel="next"'}
    return answers.document({"items": items, "next": cursor}, headers=headers)


def _with(request: Request, cursor: str) -> str:
    """The address of the request, with another cursor."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*kept, ('cursor', cursor)])}"


def _only(row: dict[str, Any], columns: list[str]) -> dict[str, Any]:
    return {name: row.get(name) for name in columns}


def _rows(
    session: Session, listing: Listing, after: tuple[Any, ...] | None
) -> Iterator[dict[str, Any]]:
    """All numbers that follow: by a cursor of the server, or page by page from a place on."""
    wanted = listing.of(session)
    if after is None:
        yield from numbers.find(session.db, wanted, sort=listing.sort)
    place = after
    while place is not None:
        page = numbers.page(session.db, wanted, sort=listing.sort, after=place, length=LONGEST_PAGE)
        yield from page.numbers
        place = page.next


EXAMPLE = {
    "internal_number": "+442079460123",
    "hierarchy": "sys.hcs.acme.london",
    "status": "Available",
    "version": "1042-88312",
    "why": "Available since 2 Nov 2026 12:00 UTC: released after cooling 2 days.",
    "online": [],
    "history": [],
}


@router.get(
    "/numbers/{internal_number}",
    operation_id="show_number",
    summary="Show a number",
    responses=answers.describes(NumberDocument, EXAMPLE, headers=answers.ETAG),
)
def show_number(
    user: Reader,
    internal_number: Number,
    hierarchy: AtNode = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Its fields, why it is so in a sentence, where it is online, and its history. Where it is at
    several nodes, name one."""
    with sessions.reading(user) as session:
        shown = _found(session, internal_number, hierarchy)
    headers = etags.written(shown["version"])
    if etags.is_known(shown["version"], if_none_match):
        return answers.nothing(304, headers)
    return answers.document(shown, headers=headers)


def _found(session: Session, internal_number: str, hierarchy: str | None) -> dict[str, Any]:
    """A number as its user may see it."""
    session.check(hierarchy)
    return numbers.show(session.db, internal_number, hierarchy=hierarchy, user_limit=session.limit)


def _kept(session: Session, internal_number: str, hierarchy: str | None) -> dict[str, Any]:
    """The number as it is, by which it can be changed. Raises NotFound for a deleted one."""
    shown = _found(session, internal_number, hierarchy)
    if shown["status"] is None:
        raise NotFound(f"The number {internal_number} was deleted; add it again first")
    return shown


@router.patch(
    "/numbers/{internal_number}",
    operation_id="edit_number",
    summary="Set texts of a number",
    responses=answers.describes(NumberDocument, EXAMPLE, headers=answers.ETAG),
    openapi_extra=accepts(Texts, {"description": "Reception", "extra1": "floor 3"}),
)
@repeated
def edit_number(
    user: Manager,
    internal_number: Number,
    body: Annotated[Texts, Depends(Sent(Texts))],
    hierarchy: AtNode = None,
    reason: Annotated[Text | None, Query(description="Why; the history keeps it.")] = None,
    if_match: IfMatch = None,
) -> Response:
    """Description, E.164 number and extras; null or blank clears one, what is not named stays."""
    with sessions.writing(user) as session:
        node = _kept(session, internal_number, hierarchy)["hierarchy"]
        chosen = chosen_of(
            session, [internal_number], hierarchy=node, reason=reason, if_match=if_match
        )
        operations.edit(session.db, chosen, body.root)
        shown = _found(session, internal_number, node)
    return answers.document(shown, headers=etags.written(shown["version"]))


@router.delete(
    "/numbers/{internal_number}",
    operation_id="delete_number",
    summary="Delete a number",
    status_code=204,
)
@repeated
def delete_number(
    user: Manager,
    internal_number: Number,
    hierarchy: AtNode = None,
    reason: Annotated[Text | None, Query(description="Why; the history keeps it.")] = None,
    if_match: IfMatch = None,
) -> Response:
    """Its history stays. Only a number that is Available, and that no device uses, is deleted."""
    with sessions.writing(user) as session:
        node = _kept(session, internal_number, hierarchy)["hierarchy"]
        chosen = chosen_of(
            session, [internal_number], hierarchy=node, reason=reason, if_match=if_match
        )
        operations.delete(session.db, chosen)
    return answers.nothing(204)
