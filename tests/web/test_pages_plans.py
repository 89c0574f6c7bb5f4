"""The pages of syncs and plans: what a person sees before deciding, and what a decision does."""

from html import unescape

import pytest

from include.inventory import plans
from tests.airflow_home import api
from tests.integration.factories import a_user, events, row
from tests.web.api import HERE, LEEDS, LONDON, OTHER, THERE, Sync, inventory, limited
from tests.web.pages import get, send, shown

HOSTILE = "<script>alert(1)</script>"


def statuses() -> set[str]:
    with inventory() as db:
        return {row(db, number)["status"] for number in HERE}


def decide(verb: str, plan: plans.Plan, role: str = "user", **fields: str) -> tuple[int, str]:
    """The status and the text of the answer to a decision."""
    given = {"decision": verb, "reason": "it is closed", "sha256": plan.sha256} | fields
    answer = send(f"/plans/{plan.plan}/decision", "otto", role, **given)
    return answer.status_code, unescape(answer.text)


def test_plans_are_listed_with_what_is_held_above_them(dark: plans.Plan) -> None:
    page = shown("/plans")
    assert "lab, SBC-1: 12 removals are withheld" in page
    assert page.index("12 removals are withheld") < page.index(f"/plans/{dark.plan}")
    assert f">{dark.plan}</a>" in page
    assert f">{dark.plan}</a>" not in shown("/plans?status=applied&connection=")
    assert "There is no such plan" in shown("/plans?connection=other")


def test_a_plan_shows_its_verdict_its_figures_and_each_change(dark: plans.Plan) -> None:
    page = shown(f"/plans/{dark.plan}")
    for told in ("SBC-1 lists none of its 12 numbers", "missing node", "a list that has numbers"):
        assert told in page
    assert page.count("+44 20 7946 02") == len(HERE)
    assert f"Approve: let {len(HERE)} numbers cool" in page


def test_changes_are_shown_a_page_at_a_time_of_a_status_and_a_node(
    dark: plans.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.web.pages import plans as pages

    assert "No change fits" in shown(f"/plans/{dark.plan}?status=open")
    assert "No change fits" in shown(f"/plans/{dark.plan}?status=withheld&node=SBC-2")
    with inventory() as db:
        (first, *_) = plans.page(db, dark.plan, status="withheld")
    rest = get(f"/plans/{dark.plan}?status=withheld&after={first['change_id']}", HX_Request="true")
    assert rest.text.count('scope="row"') == len(HERE) - 1
    assert "<html" not in rest.text
    assert len(HERE) < pages.ROWS


def test_an_approval_removes_what_was_shown_in_that_persons_name(dark: plans.Plan) -> None:
    status, told = decide("approve", dark)
    assert (status, statuses()) == (200, {"Cooling"})
    assert "Approved, and carried out" in told
    with inventory() as db:
        assert events(db, HERE[0])[-1]["actor"] == "api:otto"
    page = shown(f"/plans/{dark.plan}")
    assert "cannot be decided on any more: it was approved by api:otto" in page
    assert "it is closed" in page


def test_a_rejection_changes_nothing_and_is_told(dark: plans.Plan) -> None:
    status, told = decide("reject", dark)
    assert (status, statuses()) == (200, {"Used"})
    assert "everything stays as it is" in told
    assert "rejected" in shown(f"/plans/{dark.plan}")


@pytest.mark.parametrize(
    "fields",
    [{"reason": " "}, {"reason": ""}, {"sha256": "0" * 64}, {"decision": "purge"}],
)
def test_no_decision_without_a_reason_or_on_what_was_not_shown(
    dark: plans.Plan, fields: dict[str, str]
) -> None:
    status, told = decide("approve", dark, **fields)
    assert status in (409, 422)
    assert 'role="alert"' in told
    assert statuses() == {"Used"}


def test_what_has_grown_since_is_refused_as_stale(synced: Sync, dark: plans.Plan) -> None:
    synced(THERE[:10])
    status, told = decide("approve", dark)
    assert (status, statuses()) == (409, {"Used"})
    assert "stale" in told or "newer" in told or "more" in told
    assert "Approve: let" not in shown(f"/plans/{dark.plan}")


def test_a_viewer_looks_and_does_not_decide(dark: plans.Plan) -> None:
    page = shown(f"/plans/{dark.plan}", "vera", "viewer")
    assert "12 removals are withheld" in page
    assert "<form method=" not in page
    assert decide("approve", dark, role="viewer")[0] == 403
    assert statuses() == {"Used"}


def test_a_limited_user_sees_the_plans_of_his_part(dark: plans.Plan) -> None:
    limited("otto", OTHER)
    assert "There is no such plan" in shown("/plans", "otto", "user")
    assert get(f"/plans/{dark.plan}", "otto", "user").status_code == 403
    assert decide("approve", dark)[0] == 403
    limited("otto", LEEDS)
    assert get(f"/plans/{dark.plan}", "otto", "user").status_code == 403
    limited("otto", LONDON)
    assert decide("approve", dark)[0] == 200


def test_what_devices_say_of_themselves_is_text(synced: Sync) -> None:
    hostile = a_user("+442079460299", nodeName=HOSTILE)
    plan = synced([hostile, *HERE])
    raw = get(f"/plans/{plan.plan}").text
    assert "&lt;script&gt;alert(1)" in raw
    assert "<script>alert" not in raw


def test_a_run_without_a_plan_says_so(seeded: str) -> None:
    path = "/number-inventory/runs/release_numbers/manual__2026-11-20T09:30:00+00:00"
    answer = api("ada", "admin").get(path)
    assert answer.status_code == 200
    assert "This run has made no plan" in answer.text
