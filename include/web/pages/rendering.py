"""From what a page shows to its HTML: every value escaped, no script and no style within."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import phonenumbers
from airflow.configuration import conf
from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from include.inventory.instants import written
from include.web.api import guard, problems
from include.web.pages import glossary
from include.web.pages.visitors import Visitor

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
HEADERS = (
    *guard.HEADERS,
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"vary", b"HX-Request"),
)

ENVIRONMENT = Environment(
    loader=PackageLoader("include.web.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(request: Request, visitor: Visitor, template: str, **values: Any) -> HTMLResponse:
    """A page, or for a script that asks for a part of it, its block ``part`` alone."""
    return _html(request, template, values | {"visitor": visitor})


def is_partial(request: Request) -> bool:
    """Whether a script of the page asks, which replaces a part of what is shown."""
    return "hx-request" in request.headers


async def failure(request: Request, error: Exception) -> Response:
    """What to show where a page cannot be: what happened, and what to do next."""
    problem = problems.told(error)
    values = {"problem": problem.document, "visitor": None}
    answer = _html(request, "failure.html", values, status=problem.status)
    answer.headers.update(problem.headers)
    return answer


def _html(
    request: Request, template: str, values: Mapping[str, Any], status: int = 200
) -> HTMLResponse:
    root = request.scope.get("root_path", "")
    given = {
        "link": linker(request),
        "airflow": airflow,
        "path": request.url.path.removeprefix(root),
        "now": datetime.now(UTC),
    } | dict(values)
    found = ENVIRONMENT.get_template(template)
    given["partial"] = is_partial(request) and "part" in found.blocks
    return HTMLResponse(found.render(given), status)


def linker(request: Request) -> Callable[..., str]:
    """The function that gives a page of ours its address, with a query."""
    root = request.scope.get("root_path", "")
    return lambda path, **query: address(root + path, **query)


def address(path: str, **query: Any) -> str:
    """An address with a query, of which what is None or blank is left out."""
    given = [(name, value) for name, value in query.items() if value not in (None, "", [])]
    return quote(path, safe="/:@+*") + (f"?{urlencode(given, doseq=True)}" if given else "")


def airflow(path: str) -> str:
    """The address of a page of Airflow's own; its link is marked ``data-airflow``."""
    base = urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")
    return base + quote(path, safe="/:@+")


@lru_cache(maxsize=20_000)
def grouped(number: str) -> str:
    """A number as people read it: +44 20 7946 0123; an extension as it is."""
    if not number.startswith("+"):
        return number
    try:
        read = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def ago(when: datetime, now: datetime) -> str:
    """How long ago an instant was, or how far ahead it is: 3 h ago, in 2 days."""
    seconds = (now - when).total_seconds()
    size = _size(abs(seconds))
    return f"{size} ago" if seconds >= 0 else f"in {size}"


def _size(seconds: float) -> str:
    for unit, length in (("day", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length or (seconds >= length and unit != "day"):
            count = int(seconds // length)
            return f"{count} {unit}s" if unit == "day" else f"{count} {unit}"
    return "less than a minute"


def count(number: int) -> str:
    """A count with its thousands apart: 12,345."""
    return f"{number:,}"


def compact(number: int) -> str:
    """A round count for an axis: 500, 20k, 1.5M."""
    for size, letter in ((1_000_000, "M"), (1000, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return str(number)


def combined(given: Mapping[str, Any], **other: Any) -> dict[str, Any]:
    """The parts of a query, some of them with other values."""
    return dict(given) | other


ENVIRONMENT.filters |= {
    "grouped": grouped,
    "instant": written,
    "ago": ago,
    "count": count,
    "compact": compact,
    "combined": combined,
}
ENVIRONMENT.globals["meaning"] = glossary.meaning
