"""What can go wrong, by name: each scenario, the faults of docs/faults.md it stands for, its reach.

Most strike one request: the list request whose window holds a row, by default the middle one. Some
hold for every request while they are set; `HOLDING` names those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import pydantic
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

MIB = 1 << 20


class Kind(NamedTuple):
    """What a fault does, its numbers in docs/faults.md, how often it strikes: None is always."""

    does: str
    numbers: tuple[int, ...]
    times: int | None = None


FAULTS: dict[str, Kind] = {
    # Credentials
    "token_expires_at_page": Kind("every token given so far stops being valid: 401", (1,), 1),
    "lockout_after_3": Kind("after three refused credentials everything is 403 for good", (1,)),
    # An answer instead of the list
    "forbidden": Kind("403", (2,)),
    "method_not_allowed": Kind("405", (2,)),
    "no_content_400": Kind("400 whose body says that there is no content", (3,)),
    "no_content_204": Kind("204", (4,)),
    "empty_body": Kind("200 with nothing in it", (4,)),
    "conflict_409": Kind("409, as while two units synchronise", (5,)),
    "rate_limited": Kind("429 with Retry-After in seconds", (6,), 2),
    "rate_limited_until": Kind("429 with Retry-After as a date", (6,), 2),
    "unavailable_flap": Kind("503 on every other list request from the strike on", (6,)),
    "bad_gateway": Kind("502", (6,)),
    "gateway_timeout": Kind("504", (6,)),
    "html_login_200": Kind("200 with an HTML login page", (7,)),
    "redirect_to_login": Kind("302 to a login page", (7,)),
    "error_object_200": Kind("200 with an error object", (8,)),
    "gzip_bomb": Kind("a small body that unpacks to 256 MiB of blanks", (9, 22)),
    # The list's page, spoilt on its way
    "truncated": Kind("half of the JSON text, with a length that fits", (9,)),
    "connection_cut": Kind("half of the body in chunks, then the connection is aborted", (9,)),
    "length_mismatch": Kind("half of the length announced, then the connection is closed", (9,)),
    "slow_drip": Kind("a few bytes at a time", (22,)),
    "never_answers": Kind("nothing is sent until the client goes away", (22,)),
    # The list's envelope
    "key_renamed": Kind("the list comes under another key", (8,)),
    "total_lies": Kind("the total is one more than there are", (10,)),
    "huge_page": Kind("the page carries megabytes of text beside the list", (21, 22)),
    "deep_json": Kind("the page carries 200,000 nested arrays before the list", (9, 21)),
    # Which part of the list
    "shift_insert": Kind("someone arrives at the front, so that rows move down", (10,), 1),
    "shift_delete": Kind("someone in the first quarter leaves, so that rows move up", (10,), 1),
    "same_page_forever": Kind("paging is ignored: always the first page", (11,)),
    "page_size_capped": Kind("at most a third of the size asked for", (11,)),
    # Who is on the list, and how it is told
    "empty_after_restart": Kind("a valid empty list", (12,)),
    "node_down": Kind("a valid list without one node's users", (13,)),
    "stale_node": Kind("one node's users who left are still listed", (14,)),
    "not_active": Kind("every seventh user is not active", (15,)),
    "several_contacts": Kind("every fifth user is listed twice, with another contact", (16,)),
    "number_formats": Kind("the AORs of E.164 numbers in eight spellings", (17,)),
    "same_extension_two_sites": Kind("one extension is registered at two nodes", (18,)),
    "types_drift": Kind("numbers and truths as text, nulls, and unknown keys", (21,)),
    # TLS
    "certificate_changed": Kind(
        "the server shows another certificate from the strike on", (20,), 1
    ),
    "self_signed": Kind("nothing changes: the certificate is self-signed in any case", (20,)),
}

HOLDING = frozenset(
    {
        "key_renamed",
        "total_lies",
        "same_page_forever",
        "page_size_capped",
        "empty_after_restart",
        "node_down",
        "stale_node",
        "not_active",
        "several_contacts",
        "number_formats",
        "same_extension_two_sites",
        "types_drift",
        "lockout_after_3",
        "self_signed",
    }
)
"""The faults that hold for every request while they are set; the others strike."""

EVERY_ROW = range(1 << 60)
"""What a request asks for that asks for no part of the list."""


def known(name: str) -> str:
    """Return the name of a fault; ValueError when there is none of that name."""
    if name not in FAULTS:
        raise ValueError(f"no fault {name!r}; there are {', '.join(sorted(FAULTS))}")
    return name


def _usual(given: dict[str, Any]) -> int | None:
    return FAULTS[given["name"]].times


@pydantic.dataclasses.dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Fault:
    """One scenario of FAULTS, and where and how often it strikes.

    row: the position in the list at whose page it strikes; None is the middle of the list.
    times: how often; None is always, and left out is what is usual for its kind.
    node: the SBC that it is about; None is the last one.
    pause: seconds between the bytes of slow_drip. padding: bytes of text in huge_page.
    """

    name: Annotated[str, AfterValidator(known)]
    row: int | None = Field(default=None, ge=0, kw_only=True)
    times: int | None = Field(default_factory=_usual, ge=1, kw_only=True)
    node: str | None = Field(default=None, kw_only=True)
    pause: float = Field(default=0.2, gt=0, kw_only=True)
    padding: int = Field(default=8 * MIB, ge=0, kw_only=True)


class FaultWindow(BaseModel):
    """A fault in a script: from `begin` (`from` in YAML) until just before `until`.

        {from: 2026-11-17T00:00:00Z, until: 2026-11-18T00:00:00Z, fault: node_down, node: SBC-LON-1}

    The fault's own keys stand beside its name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    begin: AwareDatetime = Field(alias="from")
    until: AwareDatetime
    fault: Fault

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, given: Any) -> Any:
        """Move the keys beside the fault's name into it."""
        if not isinstance(given, dict) or not isinstance(given.get("fault"), str):
            return given
        own = {key: given[key] for key in given.keys() & {"from", "begin", "until"}}
        fault = {key: value for key, value in given.items() if key not in own and key != "fault"}
        return own | {"fault": {"name": given["fault"]} | fault}

    @model_validator(mode="after")
    def _lasts(self) -> FaultWindow:
        if self.until <= self.begin:
            raise ValueError("until must be later than from")
        return self


@dataclass
class Armed:
    """A fault in force, if any, and how often it has struck so far."""

    fault: Fault | None = None
    struck: int = 0
    _struck_last: bool = False

    @property
    def name(self) -> str:
        """The fault's name; blank when none is in force."""
        return self.fault.name if self.fault else ""

    def strikes(self, asked: range, rows: int) -> bool:
        """Tell whether it strikes at a request for these of so many rows, and count it.

        A fault that holds never strikes.
        """
        fault = self.fault
        if fault is None or fault.name in HOLDING or self.struck == fault.times:
            return False
        row = rows // 2 if fault.row is None else fault.row
        hit = row in asked
        if fault.name == "unavailable_flap" and self.struck:
            hit = not self._struck_last
        self._struck_last = hit
        self.struck += hit
        return hit
