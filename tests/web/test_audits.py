"""The reports of audits in the browser: for whom, and what they may do there."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.airflow_home import api, prepare
from tests.web.api import limited

DAG = "audit_number_inventory"
RUN = "manual__2026-11-20T09:30:00+00:00"
FORMS = {"html": "text/html", "json": "application/json", "csv": "text/csv"}


@pytest.fixture(scope="module", autouse=True)
def airflow() -> None:
    """Airflow is ready to be imported."""
    prepare()


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeded: str) -> Path:
    """A report that the second try of a run left behind."""
    from include.orchestration import storage
    from include.web import audits

    monkeypatch.setenv("NUMBER_INVENTORY_STORAGE", str(tmp_path))
    folder = storage.artifacts(DAG, RUN, 2)
    folder.mkdir(parents=True)
    for form, name in audits.FILES.items():
        (folder / name).write_text(f"the {form}", encoding="utf-8")
    return tmp_path


def address(form: str = "html", run: str = RUN, attempt: str = "2", dag: str = DAG) -> str:
    return f"/number-inventory/audits/{dag}/{quote(run, safe='')}/{attempt}/report.{form}"


def routes() -> list[tuple[str, str]]:
    """The method and address of everything that the application answers."""
    from include.web import application

    paths = application.create().openapi()["paths"]
    return [
        (method, path.format(dag_id=DAG, run_id=RUN, try_number=2, form="html"))
        for path, methods in paths.items()
        for method in methods
    ]


def test_no_route_answers_somebody_who_has_not_logged_in() -> None:
    found = routes()
    assert found
    for method, path in found:
        answer = api().request(method, f"/number-inventory{path}")
        assert answer.status_code == 401, path


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_the_application_does_not_describe_itself(path: str) -> None:
    assert api("ada", "admin").get(f"/number-inventory{path}").status_code == 404


@pytest.mark.parametrize("form", FORMS)
def test_who_may_see_the_dag_may_see_its_reports(form: str, report: Path) -> None:
    answer = api("vera", "viewer").get(address(form))
    assert answer.status_code == 200
    assert answer.text == f"the {form}"
    assert answer.headers["content-type"].split(";")[0] == FORMS[form]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_report_may_do_nothing_in_the_browser(report: Path) -> None:
    policy = api("vera", "viewer").get(address()).headers["content-security-policy"]
    assert "sandbox;" in policy
    assert "default-src 'none'" in policy
    assert "script" not in policy


def test_the_numbers_are_a_download(report: Path) -> None:
    disposition = api("vera", "viewer").get(address("csv")).headers["content-disposition"]
    assert disposition == 'attachment; filename="violations.csv"'


def test_who_may_not_see_the_dag_may_not_see_its_reports(
    report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.api_fastapi.app import get_auth_manager

    asked: list[Any] = []

    def nobody(*, details: Any, **more: Any) -> bool:
        asked.append(details.id)
        return False

    client = api("vera", "viewer")
    monkeypatch.setattr(get_auth_manager(), "is_authorized_dag", nobody)
    assert client.get(address()).status_code == 403
    assert asked == [DAG]


def test_who_is_limited_to_a_node_may_not_see_reports_of_all(report: Path) -> None:
    limited("lil", "sys.hcs.acme.london")
    answer = api("lil", "admin").get(address())
    assert answer.status_code == 403
    assert "html" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        address(attempt="1"),
        address(run="another"),
        address(dag="another"),
        address(run="../../../../etc"),
        address(dag="%2e%2e"),
    ],
)
def test_there_is_no_report_anywhere_else(path: str, report: Path) -> None:
    assert api("vera", "viewer").get(path).status_code == 404


@pytest.mark.parametrize("form", ["txt", "..%2faudit.html", "html%00"])
def test_there_is_no_other_file(form: str, report: Path) -> None:
    assert api("vera", "viewer").get(address(form)).status_code in (404, 422)


@pytest.mark.parametrize("attempt", ["0x2", "-1", "two", ".."])
def test_a_try_is_a_number(attempt: str, report: Path) -> None:
    assert api("vera", "viewer").get(address(attempt=attempt)).status_code in (404, 422)


def test_the_task_of_the_audit_links_to_its_reports_and_no_other_does() -> None:
    from airflow import plugins_manager
    from airflow.models.taskinstancekey import TaskInstanceKey

    links = (
        plugins_manager.get_operator_extra_links()
        or plugins_manager.get_global_operator_extra_links()
    )
    ours = {link.name: link for link in links if "udit" in link.name or "CSV" in link.name}
    key = TaskInstanceKey(DAG, "audit", RUN, 2)
    found = {ours[name].get_link(None, ti_key=key) for name in ours}
    assert found == {address(form).lstrip("/") for form in FORMS}
    assert not any(ours[name].get_link(None, ti_key=key._replace(task_id="x")) for name in ours)
