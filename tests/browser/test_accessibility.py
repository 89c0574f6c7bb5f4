"""Every page, light and dark: nothing that axe calls serious or critical."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.browser.inventory import ATTACKED
from tests.browser.server import INNER
from tests.web.api import LONDON

AXE = Path(__file__).parent / "axe.min.js"
RUN = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(one => ["serious", "critical"].includes(one.impact))
    .flatMap(one => one.nodes.map(node => `${one.id}: ${node.target} ${node.failureSummary}`))"""
PAGES = {
    "overview": "/",
    "numbers": "/numbers",
    "number": f"/numbers/{ATTACKED}",
    "plans": "/plans",
    "plan": "/plans/{plan}",
    "audits": "/audits",
    "audit": "/audits/audit_number_inventory/{audited}/1",
    "settings": f"/settings?hierarchy={LONDON}",
    "failure": "/plans/999999",
}


def found(page: Any) -> list[str]:
    """What axe finds on a page. It is laid in past the page's policy, which keeps it out."""
    page.add_script_tag(path=AXE)
    return list(page.evaluate(RUN))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_used_by_everybody(
    opened: Callable[..., Any], plan: int, audited: str, name: str, theme: str
) -> None:
    path = INNER + PAGES[name].format(plan=plan, audited=quote(audited))
    page = opened(path, color_scheme=theme, bypass_csp=True)
    assert ("dark" in (page.locator("html").get_attribute("class") or "")) == (theme == "dark")
    if name != "failure":
        assert page.locator("h1").count() == 1
    assert found(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_form_above_a_page_can_be_used_by_everybody(
    opened: Callable[..., Any], theme: str
) -> None:
    page = opened(f"{INNER}/settings", color_scheme=theme, bypass_csp=True)
    page.get_by_role("button", name="What is in force?").focus()
    assert found(page) == []
    page.get_by_role("button", name="Change audiocodes_cooling_duration").click()
    assert found(page) == []
