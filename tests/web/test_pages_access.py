"""Who sees which page and may use which form, and what a page may do in a browser."""

import hashlib
from typing import Any

import pytest

from tests.airflow_home import api, prepare
from tests.web.pages import FORM, ROOT, get

# htmx 2.0.11, as npm has it.
HTMX = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
PARTS = {
    "internal_number": "%2B442079460100",
    "plan": 1,
    "dag_id": "audit_number_inventory",
    "run_id": "manual__2026-11-20T09:30:00+00:00",
    "task_id": "audit",
    "try_number": 1,
    "name": "style.css",
    "operation": "reserve",
}
ROLES = {
    "readers": {"viewer", "user", "op", "admin"},
    "number managers": {"user", "op", "admin"},
    "administrators": {"op", "admin"},
}


@pytest.fixture(scope="module", autouse=True)
def airflow() -> None:
    """Airflow is ready to be imported."""
    prepare()


def routes() -> list[tuple[str, str, str]]:
    """Every method and address of the pages, and who may use it."""
    from include.web.api import access
    from include.web.pages import application

    return [
        (method, ROOT + route.path_format.format(**PARTS), kind.name if kind else "")
        for route in application.create().routes
        for method in route.methods
        for kind in [access.of(route)]
    ]


def test_no_page_answers_somebody_who_has_not_logged_in() -> None:
    found = routes()
    assert len(found) >= 8
    for method, path, _ in found:
        for headers in ({}, {"Cookie": "_token=junk"}, {"Authorization": "Bearer junk"}):
            answer = api().request(method, path, headers=FORM | headers, content="a=b")
            assert answer.status_code == 401, path
            assert "+442079460100" not in answer.text


def test_every_page_but_its_style_says_who_may_see_it() -> None:
    kinds = {path.removeprefix(ROOT): kind for _, path, kind in routes()}
    assert {path for path, kind in kinds.items() if not kind} == {"/static/style.css"}
    assert set(kinds.values()) <= {*ROLES, ""}


@pytest.mark.parametrize("role", ["viewer", "user", "op"])
def test_nobody_uses_a_form_that_is_for_others(seeded: str, role: str) -> None:
    for method, path, kind in routes():
        if method != "GET":
            answer = api("vera", role).request(method, path, headers=FORM, content="x=y")
            assert (answer.status_code == 403) == (role not in ROLES[kind]), path


def test_a_form_of_another_site_is_refused(seeded: str) -> None:
    client = api("ada", "admin")
    token = client.headers.pop("Authorization").removeprefix("Bearer ")
    cookie = {"Cookie": f"_token={token}"}
    for method, path, _ in routes():
        if method != "GET":
            for elsewhere in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
                headers = FORM | cookie | elsewhere
                answer = client.request(method, path, headers=headers, content="x=y")
                assert (answer.status_code, "another site" in answer.text) == (403, True), path


def test_a_page_runs_no_script_and_no_style_but_its_own(seeded: str) -> None:
    for method, path, _ in routes():
        answer = api("ada", "admin").request(method, path, headers=FORM)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert " style=" not in answer.text
        assert "<style" not in answer.text


def test_the_script_of_others_is_what_was_vendored(seeded: str) -> None:
    script = get("/static/htmx.min.js").content
    assert hashlib.sha256(script).hexdigest() == HTMX


@pytest.mark.parametrize("path", ["/nowhere", "/plans/999999", "/plans/x", "/static/nothing.js"])
def test_what_is_not_there_is_told_in_a_page(seeded: str, path: str) -> None:
    answer = get(path)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'role="alert"' in answer.text


def test_a_script_is_told_of_a_failure_without_the_page_around_it(seeded: str) -> None:
    answer: Any = get("/plans/999999", HX_Request="true")
    assert answer.status_code == 404
    assert 'role="alert"' in answer.text
    assert "<html" not in answer.text
