"""What the served API calls things, by the names and with the defaults of the client's settings."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from include.simulator.documents import read

RecordField = Literal[
    "id",
    "aor",
    "user",
    "host",
    "contact",
    "expires",
    "active",
    "nodeId",
    "nodeName",
    "ipGroup",
    "userAgent",
]
FIELDS: tuple[RecordField, ...] = get_args(RecordField)
"""The fields of a registered user, in the order served."""

Name = Annotated[str, StringConstraints(min_length=1)]
Dotted = Annotated[str, StringConstraints(pattern=r"^[^.]+(\.[^.]+)*$")]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/[^?#\s]*$")]


class DialectInvalid(ValueError):
    """The dialect is not one: the message names the file, the key and what is wrong with it."""


class Dialect(BaseModel):
    """The paths, parameters, keys and fields of the served API. Frozen; unknown keys are refused.

    list_key, total_key, cursor_key: dots make nested objects. list_key None: the answer is the
    bare array, and nothing else is told. total_key None: no total is told.
    fields: the served name of a field, where it differs from ours.
    first_page: the number of the first page.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    registered_users_path: UrlPath = "/ARM/v1/registeredUsers"
    login_path: UrlPath = "/ARM/v1/login"
    list_key: Dotted | None = "registeredUsers"
    total_key: Dotted | None = "total"
    cursor_key: Dotted = "nextCursor"
    login_answer_key: Dotted = "token"
    page_parameter: Name = "page"
    page_size_parameter: Name = "pageSize"
    offset_parameter: Name = "offset"
    limit_parameter: Name = "limit"
    cursor_parameter: Name = "cursor"
    fields: dict[RecordField, Name] = {}
    first_page: Literal[0, 1] = 1
    login_name_key: Name = "username"
    login_pass_key: Name = "password"  # noqa: S105

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        for clash in self._clashes():
            raise ValueError(clash)
        return self

    def _clashes(self) -> Iterator[str]:
        keys = [key for key in (self.list_key, self.total_key, self.cursor_key) if key]
        for outer, inner in permutations(keys, 2):
            if f"{inner}.".startswith(f"{outer}."):
                yield f"{inner} cannot be told beside {outer}"
        sizes = {self.page_size_parameter, self.limit_parameter}
        places = [self.page_parameter, self.offset_parameter, self.cursor_parameter]
        if len({*places, *sizes}) < len(places) + len(sizes):
            yield "page, offset, cursor and size must be different parameters"
        if len(set(self.names.values())) < len(FIELDS):
            yield "two fields have the same name"
        if self.login_name_key == self.login_pass_key:
            yield "login_name_key and login_pass_key are the same"
        if self.registered_users_path == self.login_path:
            yield "registered_users_path and login_path are the same"

    @property
    def names(self) -> dict[str, str]:
        """The served name of every field, in the order served."""
        return {field: self.fields.get(field, field) for field in FIELDS}

    def settings(self) -> dict[str, Any]:
        """Return what a client must be told: the keys that differ from their defaults.

        None is the word "none", since a connection takes a blank for the default.
        """
        told = self.model_dump(exclude_defaults=True)
        return {key: "none" if value is None else value for key, value in told.items()}


def load(path: Path) -> Dialect:
    """Return the dialect in the YAML file at `path`; DialectInvalid names each wrong key."""
    return read(path, Dialect, DialectInvalid)
