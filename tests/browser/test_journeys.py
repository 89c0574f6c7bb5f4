"""What people do with the pages, in the frame of a real Airflow, in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.inventory import ATTACKED, DESK, FREE, GONE, REGISTERED, TO_COOL
from tests.browser.server import FRAMED, INNER
from tests.web.api import HERE, LEEDS, LONDON

expect = pytest.importorskip("playwright.sync_api").expect
expect.set_options(timeout=30_000)

Opened = Callable[..., Any]
COOLING = "audiocodes_cooling_duration"


def frame(page: Any) -> Any:
    """Our page, within Airflow's."""
    return page.frame_locator("iframe")


def grouped(number: str) -> re.Pattern[str]:
    """A number, with blanks wherever it is shown with them."""
    return re.compile(r"\s?".join(map(re.escape, number)))


def picker(page: Any) -> Any:
    """Where a node is chosen, on the settings."""
    return frame(page).get_by_role("region", name="Hierarchy node")


def test_the_menu_leads_to_the_overview(opened: Opened) -> None:
    page = opened("/")
    entry = page.get_by_role("link", name="Numbers", exact=True)
    expect(entry).to_have_count(1)
    icon = entry.locator("img")
    expect(icon).to_be_visible()
    assert icon.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    entry.click()
    expect(frame(page).get_by_role("navigation", name="Number inventory")).to_be_visible()
    expect(page).to_have_url(re.compile(f"{FRAMED}/$"))


def test_a_number_is_found_understood_and_cooled_and_its_history_says_so(opened: Opened) -> None:
    page = opened("/")
    page.get_by_role("link", name="Numbers", exact=True).click()
    inner = frame(page)
    find = inner.get_by_role("searchbox").first
    find.fill(TO_COOL)
    find.press("Enter")
    inner.get_by_role("link", name=grouped(TO_COOL)).first.click()
    expect(inner.get_by_role("heading", level=1)).to_have_text(grouped(TO_COOL))
    expect(inner.get_by_role("main")).to_contain_text("Available")
    action = inner.locator("details").filter(has_text=re.compile(r"^\s*Cool "))
    action.locator("summary").click()
    action.get_by_label("Reason").fill("for the move")
    action.get_by_role("button").click()
    expect(inner.get_by_role("status").first).to_contain_text("Cool: done")
    history = inner.get_by_role("region", name=re.compile("history", re.IGNORECASE))
    expect(history).to_contain_text("Cooling")
    expect(history).to_contain_text("api:ada")
    expect(history).to_contain_text("for the move")


def test_the_pages_follow_the_theme_of_airflow_at_once(opened: Opened) -> None:
    page = opened(f"{FRAMED}/settings", color_scheme="light")
    body = frame(page).locator("body")
    light = body.evaluate("one => getComputedStyle(one).backgroundColor")
    page.emulate_media(color_scheme="dark")
    expect(frame(page).locator("html")).to_have_class(re.compile("dark"))
    assert body.evaluate("one => getComputedStyle(one).backgroundColor") != light
    page.emulate_media(color_scheme="light")
    expect(frame(page).locator("html")).not_to_have_class(re.compile("dark"))


def test_an_address_can_be_shared_reloaded_and_left_by_back(opened: Opened) -> None:
    page = opened(f"{FRAMED}/settings?hierarchy={LONDON}")
    expect(picker(page)).to_contain_text("london")
    page.reload()
    expect(picker(page)).to_contain_text("london")
    picker(page).get_by_role("link", name="acme", exact=True).click()
    expect(page).to_have_url(re.compile(r"settings\?hierarchy=sys\.hcs\.acme$"))
    page.go_back()
    expect(page).to_have_url(re.compile(rf"hierarchy={re.escape(LONDON)}$"))
    expect(picker(page)).to_contain_text("london")


def test_what_is_typed_into_a_search_is_in_airflows_address(opened: Opened) -> None:
    page = opened(f"{FRAMED}/settings")
    frame(page).get_by_label("Find a node").fill("leeds")
    expect(picker(page).get_by_role("link", name=LEEDS)).to_be_visible()
    expect(page).to_have_url(re.compile("find=leeds"))
    page.reload()
    expect(picker(page).get_by_role("link", name=LEEDS)).to_be_visible()


def test_numbers_are_filtered_by_an_address(opened: Opened) -> None:
    page = opened(f"{FRAMED}/numbers?status=Reserved")
    expect(frame(page).get_by_role("link", name=grouped(ATTACKED)).first).to_be_visible()
    expect(frame(page).get_by_role("link", name=grouped(FREE))).to_have_count(0)


def test_an_administrator_sets_and_clears_a_macro(opened: Opened) -> None:
    page = opened(f"{FRAMED}/settings?hierarchy={DESK}")
    inner = frame(page)
    inner.get_by_role("button", name=f"Change {COOLING}").click()
    sheet = inner.get_by_role("dialog", name=f"Change {COOLING}")
    expect(sheet.get_by_label("Value")).to_be_focused()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    inner.get_by_role("button", name=f"Change {COOLING}").click()
    sheet.get_by_label("Value").fill("7")
    sheet.get_by_label("Value").press("Enter")
    expect(inner.get_by_role("status")).to_contain_text(f"is 7 days at {DESK}")
    expect(inner.get_by_role("region", name="Changes")).to_contain_text("7 days")
    inner.get_by_role("button", name=f"Change {COOLING}").click()
    sheet.get_by_label("From").fill("2020-01-01T00:00")
    sheet.get_by_role("button", name="Set").click()
    expect(inner.get_by_role("alert")).to_contain_text("history is never rewritten")
    expect(sheet).to_be_hidden()
    inner.get_by_role("button", name=f"Change {COOLING}").click()
    sheet.get_by_role("button", name="Clear it here").click()
    expect(inner.get_by_role("status")).to_contain_text("is 3 days")


def test_what_a_plan_withholds_is_found_and_approved_and_history_says_by_whom(
    opened: Opened, decidable: int
) -> None:
    page = opened(f"{FRAMED}/")
    inner = frame(page)
    inner.get_by_role("link", name=f"Plan {decidable} of branch").first.click()
    expect(inner.get_by_role("heading", level=1)).to_have_text(f"Plan {decidable} of branch")
    expect(inner.get_by_role("main")).to_contain_text("12 removals are withheld")
    approve = inner.get_by_role("button", name="Approve: let 12 numbers cool")
    approve.click()
    expect(inner.get_by_label("Reason")).to_be_focused()
    inner.get_by_label("Reason").fill("the Leeds office has closed")
    approve.click()
    expect(inner.get_by_role("status")).to_contain_text("Approved, and carried out")
    expect(inner.get_by_role("status")).to_contain_text(re.compile(r"cool\s+12"))
    page.goto(page.url.split("/plugin/")[0] + f"{FRAMED}/numbers/{GONE[0]}")
    history = frame(page).get_by_role("region", name="History")
    expect(history).to_contain_text("api:ada")
    expect(history).to_contain_text("the Leeds office has closed")
    expect(frame(page).get_by_role("main")).to_contain_text("Cooling")
    page.goto(page.url.split("/plugin/")[0] + f"{FRAMED}/plans/{decidable}")
    expect(frame(page).get_by_role("main")).to_contain_text("approved by api:ada")
    expect(frame(page).get_by_role("button", name="Approve")).to_have_count(0)


def test_the_report_of_an_audit_is_opened_from_its_task(opened: Opened, audited: str) -> None:
    page = opened(f"/dags/audit_number_inventory/runs/{audited}/tasks/audit")
    page.get_by_role("link", name="Numbers audit").click()
    inner = frame(page)
    expect(inner.get_by_role("heading", level=1)).to_have_text("Audit")
    expect(inner.get_by_role("table").first).to_contain_text("Rule")
    expect(inner.get_by_role("region", name="Offending numbers")).to_contain_text(grouped(HERE[0]))
    inner.get_by_role("link", name="Open in Number inventory").click()
    expect(page).to_have_url(re.compile(f"{FRAMED}/audits/audit_number_inventory/"))
    with page.expect_download() as download:
        frame(page).get_by_role("link", name="CSV").click()
    assert HERE[0] in Path(download.value.path()).read_text(encoding="utf-8")


def test_a_viewer_is_shown_no_forms_and_forcing_one_is_refused(opened: Opened, plan: int) -> None:
    page = opened(f"{INNER}/settings?hierarchy={LONDON}", "vera", "viewer")
    expect(page.get_by_text("ships as 2 days")).to_be_visible()
    for path in ("/settings", f"/plans/{plan}", f"/numbers/{FREE}"):
        page.goto(page.url.split(INNER)[0] + INNER + path)
        expect(page.locator("form[method=post]")).to_have_count(0)
    forced = {
        f"/settings/macros/{COOLING}": {"hierarchy": LONDON, "value": "5"},
        f"/settings/macros/{COOLING}/clear": {"hierarchy": LONDON},
        f"/plans/{plan}/decision": {"decision": "approve", "reason": "x", "sha256": "0" * 64},
    }
    for path, fields in forced.items():
        status = page.evaluate(
            """async ([path, fields]) =>
                (await fetch(path, {method: "POST", body: new URLSearchParams(fields)})).status""",
            [INNER + path, fields],
        )
        assert status == 403, path


def test_a_limited_user_sees_a_part(opened: Opened) -> None:
    page = opened(f"{FRAMED}/settings", "lil")
    expect(picker(page)).to_contain_text("leeds")
    expect(frame(page).get_by_text("london")).to_have_count(0)
    page = opened(f"{FRAMED}/numbers", "lil")
    expect(frame(page).get_by_role("link", name=grouped("+441139601000")).first).to_be_visible()
    expect(frame(page).get_by_role("link", name=grouped(FREE))).to_have_count(0)
    page = opened(f"{INNER}/numbers/{FREE}", "lil")
    expect(page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize(
    "path",
    [
        f"/numbers/{ATTACKED}",
        f"/numbers/{REGISTERED}",
        "/numbers?q={hostile}",
        "/plans/{plan}",
        "/settings?find={hostile}",
    ],
)
def test_what_devices_and_people_wrote_is_text(opened: Opened, plan: int, path: str) -> None:
    page = opened(INNER + path.format(plan=plan, hostile="%3Cscript%3Ealert(2)%3C/script%3E"))
    expect(page.get_by_role("main")).to_contain_text("<script>alert(2)</script>")
    assert page.locator("main script, main img").count() == 0


def test_help_is_seen_on_hover_and_focus_and_ended_by_escape(opened: Opened) -> None:
    page = opened(f"{INNER}/settings")
    button = page.get_by_role("button", name="What is in force?")
    tip = page.get_by_role("tooltip")
    button.hover()
    expect(tip).to_be_visible()
    tip.hover()
    page.wait_for_timeout(300)
    expect(tip).to_be_visible()
    page.get_by_role("heading", name="Settings", exact=True).hover()
    expect(tip).to_be_hidden()
    button.focus()
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 700})
    button.hover()
    box, width = tip.bounding_box(), 390
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
