"""Answers that are no lists: JSON from what the inventory says, and how they are described."""

from typing import Any

import msgspec
from fastapi import Response

from include.web.api.forms import MEDIA

ETAG = {"ETag": {"description": "Its version.", "schema": {"type": "string"}}}
LINK = {"Link": {"description": "The next page, if there is one.", "schema": {"type": "string"}}}
REPLAYED = {
    "Idempotency-Replayed": {
        "description": "true where the answer is that of the same request before.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}


def document(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A value as JSON: instants in UTC, what is blank as null."""
    body = msgspec.json.encode(value)
    return Response(body, status, headers=headers, media_type="application/json")


def nothing(status: int, headers: dict[str, str] | None = None) -> Response:
    """An answer without a body."""
    return Response(status_code=status, headers=headers)


def describes(
    model: Any, example: Any, *, status: int = 200, headers: dict[str, Any] | None = None
) -> dict[int | str, dict[str, Any]]:
    """What the description of a route says of its success."""
    content = {"application/json": {"example": example}}
    said = {"model": model, "content": content} | ({"headers": headers} if headers else {})
    return {status: {"description": "Success"} | said}


def describes_list(
    model: Any, example: Any, *, headers: dict[str, Any] | None = None
) -> dict[int | str, dict[str, Any]]:
    """What the description of a list says of its success: JSON, or as many lines of text."""
    said = describes(model, example, headers=headers)
    for form in ("csv", "ndjson"):
        said[200]["content"][MEDIA[form]] = {"schema": {"type": "string"}}
    return said
