"""One number in the many ways in which a device may spell it (fault 17 of docs/faults.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from include.simulator.pages import Record

Spelling = Callable[[str, str], tuple[str, str, str | None]]
"""From an E.164 number and its node's address to AOR, user and host."""

IPV6 = "2001:db8::1"


def respelt(told: Iterable[Record]) -> list[Record]:
    """Return the records with their E.164 numbers spelt in turn in each of the ways there are."""
    listed, at = [], 0
    for one in told:
        if one["aor"].startswith("+"):
            aor, user, host = SPELLINGS[at % len(SPELLINGS)](one["aor"], f"10.8.{one['nodeId']}.1")
            one = one | {"aor": aor, "user": user, "host": host}  # noqa: PLW2901
            at += 1
        listed.append(one)
    return listed


def _separated(number: str) -> str:
    """Return a number with visual separators (RFC 3966): +44-20-7946-0123."""
    return "-".join([number[:3], number[3:5], number[5:9], number[9:]]).rstrip("-")


SPELLINGS: tuple[Spelling, ...] = (
    lambda number, _: (number, number, None),
    lambda number, _: (f"00{number[1:]}", f"00{number[1:]}", None),
    lambda number, _: (number[1:], number[1:], None),
    lambda number, host: (f"sip:{number}@{host};user=phone", number, host),
    lambda number, host: (f"sip:%2B{number[1:]}@{host}", f"%2B{number[1:]}", host),
    lambda number, _: (f"tel:{_separated(number)}", _separated(number), None),
    lambda number, host: (
        f'"Sue, Desk 3" <sip:{number}@{host}:5061;transport=tls>',
        number,
        host,
    ),
    lambda number, _: (f"SIPS:{number}@[{IPV6}]", number, IPV6),
)
