"""The overview: what the inventory holds, how fresh that is, and what needs somebody."""

from fastapi import APIRouter, Request, Response

from include.inventory import guards, reports
from include.web.api import sessions
from include.web.pages import rendering
from include.web.pages.visitors import Reading

router = APIRouter()


@router.get("/")
def overview(visitor: Reading, request: Request) -> Response:
    """The inventory at a glance, of what the visitor may see."""
    with sessions.reading(visitor.name) as session:
        as_of = reports.latest(session.db)
        nodes = reports.utilisation(session.db, hierarchy=session.limit, as_of=as_of)
        holds = guards.holds(session.db, within=session.limit)
    return rendering.page(
        request,
        visitor,
        "overview.html",
        as_of=as_of,
        nodes=nodes,
        holds=holds,
        limit=session.limit,
    )
