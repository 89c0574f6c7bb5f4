"""What the client must do in each scenario of the simulator, whatever the paging and the login.

Each scenario ends in one of three ways: the list is whole, an error says that there is none, or,
where a source lies so well that nobody could know, the list is what it says and the guard holds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from include.arm import (
    ArmError,
    AuthenticationFailed,
    DeadlineExceeded,
    Forbidden,
    Incomplete,
    Malformed,
    Unavailable,
    UntrustedCertificate,
)
from include.arm.exchange import ATTEMPTS
from include.arm.listing import TRIES

PAGINGS = ("none", "page", "offset", "cursor")
AUTHENTICATIONS = ("basic", "login")

Ending = Literal["whole", "held"] | type[ArmError]


@dataclass(frozen=True)
class Case:
    """A scenario in one way of paging and authenticating."""

    name: str
    paging: str
    authentication: str
    witness: bool = False

    def __str__(self) -> str:
        return " ".join([*self.parts, "cross-checked"] if self.witness else self.parts)

    @property
    def parts(self) -> list[str]:
        """Scenario, paging, authentication."""
        return [self.name, self.paging, self.authentication]

    @property
    def pages(self) -> bool:
        """Whether the list comes in several pages."""
        return self.paging != "none"


@dataclass(frozen=True)
class Expected:
    """How a case must end, and what the server and the clock must have seen of it.

    statuses: how often the server gave an answer of that status in one read; at most so often
    where the number is negative. slept: the pauses of one read in seconds, rounded down.
    """

    ending: Ending
    says: str = ""
    statuses: dict[int, int] = field(default_factory=dict)
    slept: list[int] | None = None
    changes: dict[str, Any] = field(default_factory=dict)


def refused(kind: type[ArmError], says: str, status: int) -> Expected:
    """An error that ends the read at once: asked once, never again."""
    return Expected(kind, says, {status: 1}, slept=[])


def busy(status: int) -> Expected:
    """An error after a bounded number of attempts, with growing pauses between them."""
    return Expected(Unavailable, f"{status}, {ATTEMPTS} times", {status: ATTEMPTS}, [1, 2, 4, 8])


WHOLE = Expected("whole", slept=[])
HELD = Expected("held", slept=[])
SPOILT = Expected(Malformed, slept=[])


def _witnessed(case: Case) -> Expected:
    if case.witness:
        return Expected(Incomplete, "itself counts .* and the list has 0 of it", slept=[])
    return HELD


Rule = Expected | Callable[[Case], Expected]
RULES: dict[str, Rule] = {
    # 1: one login more where there are tokens; else never a second time with a refused password
    "token_expires_at_page": lambda case: (
        Expected("whole", statuses={401: -2}, slept=[])
        if case.authentication == "login"
        else Expected(AuthenticationFailed, "401; check login, password", {401: 1}, slept=[])
    ),
    "lockout_after_3": Expected(
        AuthenticationFailed,
        "check login, password",
        {401: 1, 403: 0},
        [],
        {"password": "s3cret-wrong"},
    ),
    # 2 to 4: what is no list is no empty list
    "forbidden": refused(Forbidden, "403; give this login the right", 403),
    "method_not_allowed": refused(Forbidden, "405; give this login the right", 405),
    "no_content_400": refused(Malformed, "400; check the path, and the names", 400),
    "no_content_204": refused(Malformed, "204; an answer without a list is not an empty", 204),
    "empty_body": Expected(Malformed, "answered nothing, which is not an empty list", slept=[]),
    # 5, 6: later, or never
    "conflict_409": busy(409),
    "bad_gateway": busy(502),
    "gateway_timeout": busy(504),
    "rate_limited": Expected("whole", statuses={429: 2}, slept=[1, 1]),
    "rate_limited_until": Expected("whole", statuses={429: 2}, slept=[2, 2]),
    "unavailable_flap": Expected("whole", statuses={503: -6}),
    # 7, 8: other things than a list
    "html_login_200": Expected(Malformed, "text/html, not JSON", slept=[]),
    "redirect_to_login": refused(Malformed, "redirects are not followed", 302),
    "key_renamed": Expected(Malformed, "without a list under 'registeredUsers'", slept=[]),
    "error_object_200": Expected(Malformed, "without a list under .* but with 'error'", slept=[]),
    # 9: half a list
    "truncated": Expected(Malformed, "broken JSON", slept=[]),
    "connection_cut": Expected(Incomplete, "cut off or damaged", slept=[]),
    "length_mismatch": Expected(Incomplete, "cut off or damaged", slept=[]),
    # 10, 11: pages that do not make a list
    "shift_insert": WHOLE,
    "shift_delete": WHOLE,
    "total_lies": Expected(Incomplete, "has 61 registered users, and 60 different", slept=[]),
    "same_page_forever": lambda case: (
        Expected(Incomplete, "page 2 repeats one before it", slept=[]) if case.pages else WHOLE
    ),
    "page_size_capped": WHOLE,
    # 12, 13: a valid list that lies is for the guard, or for a witness
    "empty_after_restart": _witnessed,
    "node_down": _witnessed,
    # 14 to 18: lists that are only unusual
    "stale_node": WHOLE,
    "not_active": WHOLE,
    "several_contacts": WHOLE,
    "number_formats": WHOLE,
    "same_extension_two_sites": WHOLE,
    # 20: another server
    "certificate_changed": Expected(UntrustedCertificate, "set ca_file or fingerprint"),
    "self_signed": Expected(
        UntrustedCertificate, "set ca_file or fingerprint", slept=[], changes={"ca_file": None}
    ),
    # 21, 22: too odd, too slow, too much
    "types_drift": WHOLE,
    "slow_drip": Expected(DeadlineExceeded, "raise deadline", slept=[], changes={"deadline": 0.6}),
    "never_answers": Expected(
        Unavailable,
        f"no answer .*, {ATTEMPTS} times",
        slept=[1, 2, 4, 8],
        changes={"read_timeout": 0.15},
    ),
    "huge_page": Expected(Malformed, "more than 1 MiB", slept=[], changes={"max_answer_mb": 1}),
    "gzip_bomb": Expected(Malformed, "more than 1 MiB", slept=[], changes={"max_answer_mb": 1}),
    "deep_json": Expected(Malformed, "broken JSON: .*recursion", slept=[]),
}
MOST_ANSWERS = 2 * TRIES * 25
"""What one read may ask for at the very most: two passes a try over the smallest pages."""


def expected(case: Case) -> Expected:
    """How the case must end."""
    rule = RULES[case.name]
    return rule if isinstance(rule, Expected) else rule(case)


def cases() -> list[Case]:
    """Every scenario in every paging and authentication, some of them with a witness too."""
    plain = [
        Case(name, paging, authentication)
        for name in RULES
        for paging in PAGINGS
        for authentication in AUTHENTICATIONS
    ]
    lies = ("empty_after_restart", "node_down")
    return plain + [Case(*case.parts, witness=True) for case in plain if case.name in lies]
