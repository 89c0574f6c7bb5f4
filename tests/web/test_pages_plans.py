"""The pages of syncs and plans: what a person sees before deciding, and what a decision does."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from include.inventory import plans, purges, timeline
from tests.airflow_home import api
from tests.integration.factories import (
    a_connection,
    a_number,
    a_used_number,
    a_user,
    events,
    landed,
    row,
)
from tests.web.api import HERE, LEEDS, LONDON, OTHER, THERE, Sync, inventory, limited
from tests.web.pages import ROOT, get, send, shown

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
    assert f">{dark.plan}</a>" in shown("/plans?connection=lab")
    assert get("/plans?connection=other").status_code == 404


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


def test_changed_rules_are_accepted_though_nothing_is_missing(synced: Sync) -> None:
    synced(HERE)
    changed = synced(HERE, rules={"international_prefix": "00"})
    page = shown(f"/plans/{changed.plan}")
    assert "Held, and nothing is missing yet" in page
    assert "the list was read by other rules than the last one that was believed" in page
    assert '/plans?connection=lab">the plans of lab</a> create and claim since' in page
    assert "Approve: end the hold" in page
    assert "lab: nothing is released" in shown("/plans")
    assert f'/plans/{changed.plan}">lab</a>: the list was read by other rules' in shown("/")
    status, told = decide("approve", changed)
    assert (status, statuses()) == (200, {"Used"})
    assert "Nothing was left to remove; its holds have ended" in told
    assert "Held, and" not in shown(f"/plans/{changed.plan}")


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
    assert get("/plans?connection=lab", "otto", "user").status_code == 404
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


def proposed() -> plans.Plan:
    with inventory() as db:
        return purges.propose(db, "lab", as_of=datetime.now(UTC))


def read_again() -> None:
    """The next list of the connection has all of its numbers, and is not planned yet."""
    with inventory() as db:
        config = a_connection(db, hierarchy=LONDON)
        later = datetime.now(UTC) + timedelta(minutes=1)
        timeline.observe(db, landed(config, later, HERE))


def test_a_proposed_purge_is_approved_on_its_page(synced: Sync) -> None:
    synced(HERE)
    plan = proposed()
    page = shown(f"/plans/{plan.plan}")
    assert "A purge is proposed: 12 removals are withheld" in page
    assert "Approve: let 12 numbers cool" in page
    assert "Reject: leave everything as it is" in page
    assert decide("approve", plan)[0] == 200
    assert statuses() == {"Cooling"}
    assert "it was approved by api:otto" in shown(f"/plans/{plan.plan}")


def test_a_purge_is_decided_on_beside_a_hold_of_its_connection(dark: plans.Plan) -> None:
    plan = proposed()
    assert "Approve: let 42 numbers cool" in shown(f"/plans/{plan.plan}")
    assert "Approve: let 12 numbers cool" in shown(f"/plans/{dark.plan}")


def test_a_purge_of_what_has_been_read_since_can_be_rejected_alone(synced: Sync) -> None:
    synced(HERE)
    plan = proposed()
    read_again()
    page = shown(f"/plans/{plan.plan}")
    assert "lab has been read since the purge was proposed" in page
    assert "Approve: let" not in page
    assert "Reject: leave everything as it is" in page
    assert decide("approve", plan)[0] == 409
    assert decide("reject", plan)[0] == 200
    assert "it was rejected by api:otto, and lab has been read since" in shown(
        f"/plans/{plan.plan}"
    )


def test_a_rejected_plan_can_be_approved_and_not_rejected_again(dark: plans.Plan) -> None:
    decide("reject", dark)
    page = shown(f"/plans/{dark.plan}")
    assert "Approve: let 12 numbers cool" in page
    assert "Reject: leave" not in page


def test_the_key_enter_decides_nothing(dark: plans.Plan) -> None:
    form = shown(f"/plans/{dark.plan}").partition("/decision")[2].partition("</form>")[0]
    first, *others = re.findall("<button[^>]*>", form)
    assert first == "<button disabled hidden>"
    assert len(others) == 2


def test_a_list_that_came_from_a_file_is_told_without_what_only_a_sync_knows(
    seeded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBER_INVENTORY_STORAGE", str(tmp_path))
    with inventory() as db:
        config = a_connection(db, hierarchy=LONDON)
        timeline.observe(db, landed(config, datetime.now(UTC), HERE, storage=tmp_path))
        plan = plans.compute(db, "lab")
    assert "Registered users</dt><dd>12</dd>" in shown(f"/plans/{plan.plan}")


def test_each_count_leads_to_the_changes_that_it_counts(synced: Sync) -> None:
    with inventory() as db:
        a_used_number(db, "+442079460555", hierarchy=LONDON)
        a_number(db, HERE[0], hierarchy=LONDON)
    plan = synced(HERE)
    page = shown(f"/plans/{plan.plan}")
    counted = re.findall(rf'<a href="{ROOT}(/plans/[^"]*node=[^"]*)#changes">([0-9]+)</a>', page)
    assert {path.partition("?")[2] for path, _ in counted} == {
        "kind=claim&status=open&node=SBC-1",
        "kind=create&status=open&node=SBC-1",
        "kind=cool&status=open&node=%28none%29",
    }
    for path, count in counted:
        rows = shown(path).partition('id="changes"')[2]
        assert rows.count('scope="row" class="number"') == int(count)
        assert 'value="open" selected' in rows


@pytest.mark.parametrize(
    "path",
    [
        "/plans/{}?node=%00",
        "/plans/{}?kind=coool",
        "/plans/{}?after=" + "9" * 30,
        "/plans/{}?after=-1",
        "/plans?before=" + "9" * 30,
        "/plans?before=-1",
    ],
)
def test_what_no_plan_has_is_refused_with_a_reason(dark: plans.Plan, path: str) -> None:
    answer = get(path.format(dark.plan))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_reason_that_no_history_can_keep_is_refused(dark: plans.Plan) -> None:
    status, told = decide("approve", dark, reason="closed\x00")
    assert status == 422
    assert 'role="alert"' in told
    assert statuses() == {"Used"}
