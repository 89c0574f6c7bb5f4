"""How to reach a server over HTTPS, as whom, and which certificate to trust.

Imports nothing heavy, so that a command line or a DAG file may read settings at no cost.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    StringConstraints,
    ValidationError,
    model_validator,
)

from include.arm.errors import SettingsInvalid


def _plain_fingerprint(text: str) -> str:
    """The digits alone, of what may be a whole line of openssl's."""
    digits = text.rpartition("=")[2].replace(":", "").strip().lower()
    if len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
        raise ValueError(
            f"must be the certificate's SHA-256 in 64 hexadecimal digits, and has {len(digits)}"
        )
    return digits


Name = Annotated[str, StringConstraints(min_length=1)]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/[^?#\s]*$")]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:%-]+$")]
Fingerprint = Annotated[str, AfterValidator(_plain_fingerprint)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Parts = dict[str, Any]
"""The parts of an Airflow connection: conn_type, host, port, login, password, extra."""


class Endpoint(BaseModel):
    """Where a server is, who asks it, and how long it may take. Frozen; unknown keys are refused.

    do_not_verify: trusts any certificate, and says so on every read.
    ca_file: a PEM file of the authorities to trust instead of the public ones.
    fingerprint: the SHA-256 of the one certificate to trust.
    connect_timeout, read_timeout: seconds for one request; deadline: for all that is asked while
        one list is read. max_answer_mb: MiB that one answer may have, unpacked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: Host
    port: int = Field(default=443, ge=1, le=65535)
    login: Name
    password: SecretStr = Field(min_length=1)

    do_not_verify: bool = False
    ca_file: FilePath | None = None
    fingerprint: Fingerprint | None = None

    connect_timeout: Seconds = 10
    read_timeout: Seconds = 60
    deadline: Seconds = 1800
    max_answer_mb: int = Field(default=32, ge=1, le=2048)

    @model_validator(mode="after")
    def _trusts_one_way(self) -> Self:
        ways = [self.do_not_verify, self.ca_file is not None, self.fingerprint is not None]
        if sum(ways) > 1:
            raise ValueError(
                "only one of do_not_verify, ca_file, fingerprint makes sense: blank the others"
            )
        return self

    @property
    def base_url(self) -> str:
        """`https://host:port`, an IPv6 host in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}"

    @classmethod
    def from_connection(
        cls,
        *,
        host: str | None,
        port: int | None = None,
        login: str | None = None,
        password: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Self:
        """The settings in the parts of an Airflow connection; blank parts take their default.

        `host` may be a name, an address or `https://name[:port]`. Raises SettingsInvalid, which
        names every key that is missing, unknown or wrong, and no secret.
        """
        parts = {"login": login, "password": password, **_address(host or "", port)}
        given = {**(extra or {}), **{key: part for key, part in parts.items() if part is not None}}
        try:
            return cls(**{key: value for key, value in given.items() if value not in (None, "")})
        except ValidationError as error:
            raise SettingsInvalid(_mistakes(error)) from error


def parts(text: str) -> Parts:
    """The parts of a connection in Airflow's own form of a variable, a URI or a JSON object.

    Raises SettingsInvalid where it is neither. The text stays out of the message: it may hold a
    password.
    """
    return (_json_parts if text[:1] == "{" else _uri_parts)(text)


def _address(host: str, port: int | None) -> dict[str, str | int | None]:
    """Host and port, out of a name, an address or an https URL."""
    scheme, separator, rest = host.rpartition("://")
    if separator and scheme.lower() != "https":
        raise SettingsInvalid(f"host: {scheme}:// would send the password in the clear; use https")
    if not separator and host.count(":") != 1:
        return {"host": host.strip("[]"), "port": port}
    split = _split(f"//{rest}")
    if split.path.strip("/") or split.query or split.username is not None:
        raise SettingsInvalid("host: must be a host name or https://HOST:PORT, and nothing more")
    if port and split.port and port != split.port:
        raise SettingsInvalid(f"host: names the port {split.port}, and port says {port}; leave one")
    return {"host": split.hostname or "", "port": port or split.port}


def _split(uri: str) -> SplitResult:
    """The URI, split. It has a password in it, and so stays out of the message."""
    try:
        split = urlsplit(uri)
        _ = split.port
    except ValueError:
        raise SettingsInvalid(
            "is no URI: percent-encode what is special in login and password, and check the port"
        ) from None
    return split


def _uri_parts(uri: str) -> Parts:
    """The parts of a connection in Airflow's URI form: the query, or its `__extra__`, is extra."""
    split = _split(uri)
    query = dict(parse_qsl(split.query, keep_blank_values=True))
    return {
        "conn_type": split.scheme.replace("-", "_"),
        "host": unquote(split.hostname or ""),
        "port": split.port,
        "login": None if split.username is None else unquote(split.username),
        "password": None if split.password is None else unquote(split.password),
        "extra": _extra(query.get("__extra__", query)),
    }


def _json_parts(text: str) -> Parts:
    """The parts of a connection in Airflow's JSON form."""
    connection = _object(text, "the variable")
    keys = ("conn_type", "host", "port", "login", "password")
    given = {key: connection.get(key) for key in keys}
    try:
        port = given["port"] and int(given["port"])
    except (TypeError, ValueError):
        raise SettingsInvalid("port: must be a number") from None
    return {**given, "port": port or None, "extra": _extra(connection.get("extra") or {})}


def _extra(extra: str | Mapping[str, Any]) -> Mapping[str, Any]:
    return _object(extra, "extra") if isinstance(extra, str) else extra


def _object(text: str, what: str) -> dict[str, Any]:
    """The JSON object in `text`. The text stays out of the message: it may hold a password."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise SettingsInvalid(f"{what} must be a JSON object")
    return value


_WORDS = {
    "extra_forbidden": "there is no such setting",
    "path_not_file": "there is no such file on this machine",
    "missing": "Field required",
}
_PATTERNS = {
    "host": "must be a host name or an address, and nothing more",
    "path": "must begin with / and have no ?, # or blank in it",
}


def _mistakes(error: ValidationError) -> str:
    """One line that names every wrong key."""
    lines = []
    for mistake in error.errors(include_input=False, include_url=False, include_context=False):
        key = ".".join(str(part) for part in mistake["loc"])
        said = _WORDS.get(mistake["type"], mistake["msg"].removeprefix("Value error, "))
        if mistake["type"] == "string_pattern_mismatch":
            said = _PATTERNS.get(key.rpartition("_")[2], said)
        lines.append(f"{key}: {said}" if key else said)
    return "; ".join(lines)
