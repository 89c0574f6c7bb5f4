"""Versions over HTTP: what a client has read, and whether it still is so."""

from typing import Annotated

from fastapi import Header

_TAG = r'(?:W/)?"[!#-~]*"'

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=r'^(?:\*|"[!#-~]*")$',
        description="The ETag as it was read: where it was changed since, it is 412.",
        examples=['"1042-88312"'],
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        pattern=rf"^(?:\*|{_TAG}(?: ?, ?{_TAG})*)$",
        description="ETags that are there already: where one of them is it still, it is 304.",
        examples=['"1042-88312"'],
    ),
]


def written(version: str | None) -> dict[str, str]:
    """The header that says which version an answer is of; none for what has none."""
    return {} if version is None else {"ETag": f'"{version}"'}


def expected(if_match: str | None) -> str | None:
    """The version that must be there still; None where any will do."""
    return None if if_match in (None, "*") else if_match.strip('"')


def is_known(version: str | None, if_none_match: str | None) -> bool:
    """True where the client has that version already."""
    if version is None or if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return if_none_match == "*" or f'"{version}"' in tags
