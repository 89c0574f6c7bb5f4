"""The pages as a browser asks for them."""

from html import unescape
from typing import Any

from tests.airflow_home import api

ROOT = "/number-inventory"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def get(path: str, user: str = "ada", role: str = "admin", **headers: str) -> Any:
    """The answer to somebody who opens a page."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api(user, role).get(ROOT + path, headers=named)


def shown(path: str, user: str = "ada", role: str = "admin") -> str:
    """The HTML of a page that is there, with its entities as text."""
    answer = get(path, user, role)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return unescape(answer.text)


def send(path: str, user: str = "ada", role: str = "admin", **fields: Any) -> Any:
    """The answer to a form that htmx sends."""
    client = api(user, role)
    return client.post(ROOT + path, data=fields, headers=FORM | {"HX-Request": "true"})
