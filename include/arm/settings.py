"""What the servers' APIs call things, and how they are to be read.

The paths, parameters and field names of the Routing Manager are not public, so each of them is a
setting with a default. Imports nothing heavy, so that a command line or a DAG file may read
settings at no cost.
"""

import json
import os
from itertools import pairwise
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from include.arm.endpoints import Endpoint, Name, Parts, UrlPath, parts
from include.arm.errors import SettingsInvalid

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
COLUMNS: tuple[RecordField, ...] = get_args(RecordField)
"""The fields of a registered user, in the order of every frame and file."""

ARM, SBC = "audiocodes_arm", "audiocodes_sbc"
"""The types of connection that Airflow knows of us."""


LOGINS_AT_ONCE = 2
"""How many requests may have a password refused at once: devices lock it out after three."""


def _from_json_text(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError('must be JSON, such as {"aor": "addressOfRecord"}') from None


def _none_for_the_word(value: object) -> object:
    return None if value == "none" else value


Key = Annotated[str, StringConstraints(pattern=r"^[^.]+(\.[^.]+)*$")]
MaybeKey = Annotated[Key | None, BeforeValidator(_none_for_the_word)]


def _overlap(keys: list[str]) -> bool:
    """Whether one of the keys stands twice, or for something inside another."""
    paths = sorted(f"{key}." for key in keys)
    return any(after.startswith(before) for before, after in pairwise(paths))


class ArmSettings(Endpoint):
    """Everything the client needs to know about one ARM.

    list_key, total_key, cursor_key: where an answer has the list, its length and the next cursor;
        `data.users` is the key `users` of the object under `data`. list_key None (or the word
        "none"): the answer is the bare list. total_key None (or "none"): the API tells no total,
        so that a list ends with an empty page or cursor.
    fields: the vendor's name for a field of a registered user, where it differs from ours;
        `node.name` is the key `name` of the object under `node`.
    login_name_key, login_pass_key: what the login's body calls the user and the password;
        login_answer_key: where its answer has the token. (Airflow hides the value of a setting
        whose name sounds like a secret; these do not.)
    first_page: the number of the first page, where pages are numbered.
    concurrency: how many pages are asked for at once, once the first has told how many there are;
        with basic at most LOGINS_AT_ONCE.
    confirm: whether a list of several pages is read a second time, and must be the same, "always"
        or only "when_moved", when its totals changed meanwhile.
    """

    authentication: Literal["basic", "login"] = "basic"
    registered_users_path: UrlPath = "/ARM/v1/registeredUsers"
    login_path: UrlPath = "/ARM/v1/login"
    paging: Literal["none", "page", "offset", "cursor"] = "offset"
    page_size: int = Field(default=1000, ge=1)
    first_page: int = Field(default=1, ge=0, le=1)
    concurrency: int = Field(default=2, ge=1, le=16)
    confirm: Literal["always", "when_moved"] = "always"

    list_key: MaybeKey = "registeredUsers"
    total_key: MaybeKey = "total"
    cursor_key: Key = "nextCursor"
    login_answer_key: Key = "token"
    login_name_key: Name = "username"
    login_pass_key: Name = "password"  # noqa: S105
    page_parameter: Name = "page"
    page_size_parameter: Name = "pageSize"
    offset_parameter: Name = "offset"
    limit_parameter: Name = "limit"
    cursor_parameter: Name = "cursor"
    fields: Annotated[dict[RecordField, Key], BeforeValidator(_from_json_text)] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        if self.list_key is None and self.paging == "cursor":
            raise ValueError("a bare list (list_key none) has no room for a cursor")
        keys = [self.list_key, self.total_key]
        keys += [self.cursor_key] if self.paging == "cursor" else []
        if self.authentication == "basic" and self.concurrency > LOGINS_AT_ONCE:
            raise ValueError(
                f"concurrency: with basic at most {LOGINS_AT_ONCE}, or a password that is changed "
                "meanwhile is refused so often at once that the device locks the login out"
            )
        if self.confirm == "when_moved" and (self.total_key is None or self.list_key is None):
            raise ValueError("confirm: when_moved needs a total that tells of it; set total_key")
        told = [key for key in keys if key is not None]
        if _overlap(told):
            raise ValueError("list_key, total_key and cursor_key must lie beside each other")
        names = [self.fields.get(column, column) for column in COLUMNS]
        if _overlap(names):
            raise ValueError("fields: two fields have the same name, or one lies inside another")
        return self


class SbcSettings(Endpoint):
    """Everything the client needs to know about one Mediant SBC.

    node: what the SBC is called as a node of the inventory's lists; its host when left out.
    """

    node: Name | None = None
    count_path: UrlPath = "/api/v1/kpi/current/sbc/otherStats/global"
    count_key: Key = "registeredUsers"
    script_path: UrlPath = "/api/v1/files/cliScript/incremental"
    list_command: Name = "show voip register db sbc list"

    @property
    def node_name(self) -> str:
        """The name of the node."""
        return self.node or self.host


Settings = ArmSettings | SbcSettings


def from_parts(connection: Parts) -> Settings:
    """The settings of an ARM, or of an SBC where the connection is of that type.

    Raises SettingsInvalid, which names every key that is missing, unknown or wrong.
    """
    kind = SbcSettings if connection.get("conn_type") == SBC else ArmSettings
    return kind.from_connection(**{k: v for k, v in connection.items() if k != "conn_type"})


def from_environment(conn_id: str) -> Settings:
    """The settings in the variable AIRFLOW_CONN_<CONN_ID>, as a URI or as JSON.

    Raises SettingsInvalid, which names the variable and what is wrong with it.
    """
    variable = f"AIRFLOW_CONN_{conn_id.upper()}"
    text = os.environ.get(variable, "").strip()
    if not text:
        raise SettingsInvalid(
            f"connection {conn_id} is not known: set the environment variable {variable} to "
            "audiocodes-arm://LOGIN:PASSWORD@HOST:PORT/ (audiocodes-sbc:// for an SBC); what was "
            "saved in Airflow's UI is seen by Airflow alone"
        )
    try:
        return from_parts(parts(text))
    except SettingsInvalid as error:
        raise SettingsInvalid(f"{variable}: {error}") from error
