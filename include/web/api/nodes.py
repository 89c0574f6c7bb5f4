"""The hierarchy: nodes, from the provider down to the sites."""

from bisect import bisect_right
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response

from include.inventory import hierarchies
from include.inventory.database import repeated
from include.web.api import answers, cursors, etags, idempotency, sessions, streams
from include.web.api.access import Administrator, Reader
from include.web.api.bodies import NewNode, NodeChange, Sent, accepts
from include.web.api.documents import MadeNodes, NodeDocument, NodePage
from include.web.api.etags import IfMatch, IfNoneMatch
from include.web.api.forms import Wanted
from include.web.api.idempotency import Answer, Key
from include.web.api.numbers import Cursor
from include.web.api.problems import invalid
from include.web.api.values import Hierarchy

COLUMNS = ("hierarchy", "parent", "type", "description", "created_at", "created_by")
LONGEST_PAGE = 1000
FIELDS: dict[str, Any] = {
    "hierarchy": "sys.hcs.acme.london",
    "parent": "sys.hcs.acme",
    "type": "site",
    "description": "Head office",
    "created_at": "2026-11-23T09:00:00Z",
    "created_by": "api:ada",
}
EXAMPLE = FIELDS | {"version": "node-88312"}

router = APIRouter(tags=["hierarchy"])


@router.get(
    "/hierarchy",
    operation_id="list_nodes",
    summary="List hierarchy nodes",
    responses=answers.describes_list(NodePage, {"items": [FIELDS], "next": None}),
)
def list_nodes(
    user: Reader,
    form: Wanted,
    hierarchy: Annotated[Hierarchy | None, Query(description="At or below it.")] = None,
    cursor: Annotated[Cursor | None, Query(description="That of the page before.")] = None,
    limit: Annotated[
        int | None,
        Query(ge=1, le=LONGEST_PAGE, description="100 as JSON by default, else all of them."),
    ] = None,
) -> Response:
    """The nodes that the user may see, each behind those above it."""
    after = cursors.read("nodes", cursor)
    with sessions.reading(user) as session:
        nodes = hierarchies.listed(session.db, session.within(hierarchy))
    begin = (
        0 if after is None else bisect_right(nodes, after[0], key=lambda node: node["hierarchy"])
    )
    length = limit or (100 if form == "json" else len(nodes))
    shown = nodes[begin : begin + length]
    if form != "json":
        return streams.whole(form, shown, COLUMNS, "nodes")
    more = begin + length < len(nodes)
    place = (shown[-1]["hierarchy"],) if more else None
    return answers.document({"items": shown, "next": cursors.written("nodes", place)})


@router.post(
    "/hierarchy",
    operation_id="add_node",
    summary="Make a hierarchy node",
    status_code=201,
    responses=answers.describes(
        MadeNodes,
        EXAMPLE | {"made": ["sys.hcs.acme.london"]},
        status=201,
        headers=answers.REPLAYED
        | {"Location": {"description": "Where it is.", "schema": {"type": "string"}}},
    ),
    openapi_extra=accepts(
        NewNode, {"hierarchy": "sys.hcs.acme.london", "type": "site", "description": "Head office"}
    ),
)
@repeated
def add_node(
    user: Administrator,
    request: Request,
    body: Annotated[NewNode, Depends(Sent(NewNode))],
    key: Key = None,
) -> Response:
    """A node, and those above it that are missing. From the top down come provider, reseller,
    customer and site; an intermediate one may stand anywhere above a site.
    """
    with sessions.writing(user) as session:
        session.check(body.hierarchy)

        def once() -> Answer:
            made = hierarchies.add(
                session.db,
                body.hierarchy,
                actor=session.actor,
                kind=body.type,
                description=body.description,
            )
            node = vars(hierarchies.find(session.db, body.hierarchy))
            return Answer(201, node | {"made": made})

        answer = idempotency.once(session, request, body, key, once)
    answer.headers["Location"] = f"{request.url.path}/{quote(body.hierarchy, safe='')}"
    return answer


@router.get(
    "/hierarchy/{node}",
    operation_id="show_node",
    summary="Show a hierarchy node",
    responses=answers.describes(NodeDocument, EXAMPLE, headers=answers.ETAG),
)
def show_node(user: Reader, node: Hierarchy, if_none_match: IfNoneMatch = None) -> Response:
    """What it is, and its version."""
    with sessions.reading(user) as session:
        session.check(node)
        found = hierarchies.find(session.db, node)
    if etags.is_known(found.version, if_none_match):
        return answers.nothing(304, etags.written(found.version))
    return answers.document(found, headers=etags.written(found.version))


@router.patch(
    "/hierarchy/{node}",
    operation_id="edit_node",
    summary="Say what a hierarchy node is",
    responses=answers.describes(NodeDocument, EXAMPLE, headers=answers.ETAG),
    openapi_extra=accepts(NodeChange, {"type": "site", "description": "Head office"}),
)
@repeated
def edit_node(
    user: Administrator,
    node: Hierarchy,
    body: Annotated[NodeChange, Depends(Sent(NodeChange))],
    if_match: IfMatch = None,
) -> Response:
    """Its type and its description; what is not named stays, null or blank clears a text."""
    given = body.model_fields_set
    if not given:
        raise invalid([{"loc": ("body",), "msg": "names nothing to change"}])
    with sessions.writing(user) as session:
        session.check(node)
        found = hierarchies.edit(
            session.db,
            node,
            kind=body.type if "type" in given else None,
            description=(body.description or "") if "description" in given else None,
            version=etags.expected(if_match),
        )
    return answers.document(found, headers=etags.written(found.version))


@router.delete(
    "/hierarchy/{node}",
    operation_id="delete_node",
    summary="Delete a hierarchy node",
    status_code=204,
)
@repeated
def delete_node(user: Administrator, node: Hierarchy, if_match: IfMatch = None) -> Response:
    """Only a node that nothing is at: no numbers, nodes, devices, limits or macros."""
    with sessions.writing(user) as session:
        session.check(node)
        hierarchies.delete(session.db, node, version=etags.expected(if_match))
    return answers.nothing(204)
