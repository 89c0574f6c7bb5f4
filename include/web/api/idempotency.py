"""Requests that are sent again: carried out once, answered each time alike."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from fastapi import Header, Request, Response
from pydantic import BaseModel

from include.inventory.statements import statement
from include.web.api.problems import Problem
from include.web.api.sessions import Session

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,255}$",
        description="Sent again within a day with the same key, a request is not carried out "
        "again: its answer comes again. One with another body is refused.",
        examples=["5d2c8a4e-8f0b-4f7e-9f4e-0c7d2b1a9e55"],
    ),
]


@dataclass(frozen=True)
class Answer:
    """A success: its status, and the document that says it."""

    status: int
    document: Any


def once(
    session: Session,
    request: Request,
    body: BaseModel,
    key: str | None,
    carry_out: Callable[[], Answer],
) -> Response:
    """The answer of a request that is carried out now, or the one that it had before.

    A twin waits for the transaction of the first, which writes the answer: both or neither are
    there. Without a key, it is carried out. Raises a problem where the key was another request's.
    """
    if key is None:
        answer = carry_out()
        return _response(answer.status, msgspec.json.encode(answer.document))
    mine = {"username": session.username, "key": key}
    print_ = _fingerprint(request, body)
    session.db.execute(statement("requests/expire"))
    opened = session.db.execute(statement("requests/open"), mine | {"request_sha256": print_})
    if opened.one_or_none() is None:
        return _again(session, mine, print_)
    answer = carry_out()
    text = msgspec.json.encode(answer.document)
    kept = {"answer_status": answer.status, "answer": text.decode()}
    session.db.execute(statement("requests/answer"), mine | kept)
    return _response(answer.status, text)


def _fingerprint(request: Request, body: BaseModel) -> str:
    what = f"{request.method} {request.url.path}?{request.url.query}\n{body.model_dump_json()}"
    return hashlib.sha256(what.encode()).hexdigest()


def _again(session: Session, mine: dict[str, str], print_: str) -> Response:
    stored = session.db.execute(statement("requests/find"), mine).one()
    if stored.request_sha256 != print_:
        detail = "This key came with another request of yours before; take a new one"
        raise Problem(422, "key-reused", "The Idempotency-Key is another request's", detail)
    return _response(stored.status, stored.answer.encode(), {"Idempotency-Replayed": "true"})


def _response(status: int, body: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers=headers, media_type="application/json")
