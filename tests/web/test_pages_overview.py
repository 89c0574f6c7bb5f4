"""The overview: figures, what is stale or held, and nothing of what somebody may not see."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from include.inventory import decisions, plans, purges
from include.inventory.events import Actor
from tests.airflow_home import api, prepare
from tests.integration.factories import a_connection, a_cooling_number, a_number, observed
from tests.web.api import LONDON, OTHER, SUBSCRIBED, inventory, limited

ROOT = "/number-inventory"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module", autouse=True)
def airflow() -> None:
    """Airflow is ready to be imported."""
    prepare()


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has been counted yet."""
    from include.web.pages import counts, kept

    for name in ("ESTATE", "HISTORY"):
        monkeypatch.setattr(counts, name, kept.Kept(getattr(counts, f"_{name.lower()}")))


def page(path: str = "/", user: str = "vera", role: str = "viewer") -> Any:
    """The page after its figures have been counted."""
    client = api(user, role)
    part = client.get(ROOT + path, headers={"HX-Request": "true"})
    return client.get(ROOT + path) if part.status_code == 200 else part


def text(answer: Any) -> str:
    """What a person reads of it."""
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(re.sub("<[^>]*>", " ", answer.text)).split())


def links(answer: Any) -> set[str]:
    return {unescape(link) for link in re.findall(r'href="([^"]*)"', answer.text)}


def test_the_figures_are_those_of_the_inventory_and_lead_to_their_numbers(seeded: str) -> None:
    shown = page()
    said = text(shown)
    for figure in (
        "All numbers 16 in 7 nodes",
        "Available 11 68.8 %",
        "Used 2 12.5 %",
        "Used-Utility 0 0.0 %",
        "Reserved 1 6.2 %",
        "Cooling 2 12.5 %",
        "AudioCodes 1 50.0 %",
        "Cisco 1 50.0 %",
    ):
        assert figure in said, figure
    found = links(shown)
    for address in ("/numbers?status=Used-Utility", "/numbers?vendor=Cisco", "/numbers"):
        assert ROOT + address in found, address


def test_a_node_shows_its_own_part_and_the_way_back(seeded: str) -> None:
    shown = page(f"/?hierarchy={OTHER}")
    assert "All numbers 6 in 1 node" in text(shown)
    found = links(shown)
    assert f"{ROOT}/numbers?status=Cooling&hierarchy={OTHER}" in found
    assert f"{ROOT}/?hierarchy=sys.hcs.zenith" in found
    assert SUBSCRIBED not in shown.text


def test_the_nodes_are_those_below_and_lead_further_down(seeded: str) -> None:
    found = links(page())
    assert f"{ROOT}/?hierarchy=sys.hcs.acme" in found
    assert f"{ROOT}/numbers?hierarchy=sys.hcs.acme" in found
    assert f"{ROOT}/numbers?hierarchy={LONDON}" in links(page("/?hierarchy=sys.hcs.acme"))


def test_no_more_than_twenty_nodes_are_shown_those_that_run_short_first(seeded: str) -> None:
    with inventory() as db:
        for number in range(25):
            a_number(db, f"+120255501{number:02}", hierarchy=f"sys.hcs.acme.site{number:02}")
        a_number(db, "+12025550199", hierarchy="sys.hcs.acme.zz", status="Used-Utility")
    shown = page("/?hierarchy=sys.hcs.acme")
    table = shown.text.partition('id="nodes"')[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row" class="wrap"><a href="[^"]*hierarchy=([^"]*)"', table)
    assert len(rows) == 20
    assert rows[0] == "sys.hcs.acme.zz"
    assert "below 10 %" in text(shown)
    rest = page("/?hierarchy=sys.hcs.acme&skip=20")
    assert "28 of 28 nodes, those that run short first" in text(rest)


def test_a_bar_of_cooling_leads_to_what_is_released_on_its_day(seeded: str) -> None:
    today = datetime.now(UTC).date()
    tomorrow, next_day, last = (
        f"{today + timedelta(days=days)}T00%3A00%3A00%2B00%3A00" for days in (1, 2, 28)
    )
    with inventory() as db:
        a_cooling_number(db, "+12025550101", until=datetime.now(UTC) + timedelta(days=1))
    shown = page()
    address = f"{ROOT}/numbers?status=Cooling"
    for days in (
        f"release_before={tomorrow}",
        f"release_from={tomorrow}&release_before={next_day}",
        f"release_from={last}",
    ):
        assert f"{address}&{days}&sort=release_date" in links(shown)
    assert "overdue 1" in shown.text


def test_what_has_not_been_counted_yet_is_asked_for_again(
    seeded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.web.pages import overview

    monkeypatch.setattr(overview, "PAGE", 0)
    client = api("vera", "viewer")
    first = client.get(f"{ROOT}/")
    assert "The numbers are being counted" in text(first)
    assert f'hx-get="{ROOT}/" hx-trigger="load"' in first.text
    part = client.get(f"{ROOT}/", headers={"HX-Request": "true"})
    assert "<html" not in part.text
    again = client.get(f"{ROOT}/")
    for answer in (part, again):
        assert "All numbers 16" in text(answer)
        assert "less than a minute ago" in text(answer)
        assert "hx-trigger" not in answer.text


def test_a_list_that_is_old_is_said_to_be_stale(seeded: str) -> None:
    now = datetime.now(UTC)
    with inventory() as db:
        observed(db, a_connection(db, "old"), now - 30 * HOUR, ["+442079460777"])
        observed(db, a_connection(db, "new"), now - 20 * HOUR, ["+442079460778"])
        a_connection(db, "none")
    said = text(page())
    assert "old was read completely 30 h ago" in said
    assert "none has never been read completely" in said
    assert "new sys.hcs.acme fresh" in said
    assert "new was read" not in said


def held() -> int:
    """A connection that lists none of the numbers that it had; the plan that withholds them."""
    now = datetime.now(UTC)
    users = [f"+4420794605{number:02}" for number in range(30)]
    with inventory() as db:
        config = a_connection(db)
        observed(db, config, now - 3 * HOUR, users)
        plans.apply(db, plans.compute(db, config.name).plan, actor=Actor("tests"))
        observed(db, config, now - HOUR, [])
        plan = plans.compute(db, config.name).plan
        plans.apply(db, plan, actor=Actor("tests"))
        return plan


def test_a_hold_says_why_and_leads_to_the_plan_that_awaits_a_decision(seeded: str) -> None:
    plan = held()
    shown = page()
    said = text(shown)
    assert f"Plan {plan} of lab waits for a decision: 30 removals" in said
    assert "by the rule empty list" in said
    assert "It ends with a list" in said
    assert f"{ROOT}/plans/{plan}" in links(shown)


def test_a_plan_that_somebody_rejected_asks_nobody_any_more_and_its_hold_stays(seeded: str) -> None:
    plan = held()
    with inventory() as db:
        now = datetime.now(UTC)
        decisions.reject(db, plan, reason="the SBC is down", as_of=now, actor=Actor("Ada"))
    said = text(page())
    assert "waits for a decision" not in said
    assert "by the rule empty list" in said


def test_a_purge_of_what_has_been_read_since_says_what_can_be_done(seeded: str) -> None:
    now = datetime.now(UTC)
    with inventory() as db:
        config = a_connection(db)
        observed(db, config, now - 3 * HOUR, ["+442079460500"])
        plans.apply(db, plans.compute(db, config.name).plan, actor=Actor("tests"))
        plan = purges.propose(db, config.name, as_of=now - 2 * HOUR).plan
    assert f"Plan {plan} of lab proposes a purge: 1 removal" in text(page())
    with inventory() as db:
        observed(db, config, now - HOUR, ["+442079460500"])
    said = text(page())
    assert f"Plan {plan} of lab proposes a purge that cannot be approved any more" in said
    assert "reject it, and propose it anew" in said
    with inventory() as db:
        decisions.reject(db, plan, reason="it is back", as_of=now, actor=Actor("Ada"))
    assert f"Plan {plan} of lab proposes" not in text(page())


def test_a_day_of_releases_says_how_many_and_by_when(seeded: str) -> None:
    said = text(page())
    assert "1 cooling number to be released by" in said
    assert "A day leads to its numbers; today, to what is overdue as well." in said


def test_nobody_sees_what_is_outside_of_the_own_limit(seeded: str) -> None:
    held()
    limited("lil", OTHER)
    shown = page(user="lil", role="admin")
    said = text(shown).replace("Available ", "")
    assert "All numbers 6 in 1 node" in said
    for foreign in ("acme", "Cisco", "lab ", "SBC-1", "Plan", "held"):
        assert foreign not in said, foreign
    assert f"{ROOT}/?hierarchy=sys.hcs.zenith" not in links(shown)
    assert page("/?hierarchy=sys.hcs.acme", user="lil", role="admin").status_code == 403
    assert "All numbers 16" not in text(page(user="lil", role="admin"))


def test_what_others_wrote_is_text(seeded: str) -> None:
    evil = "<img src=x onerror=alert(1)>\"'"
    with inventory() as db:
        a_number(
            db,
            "+442079460999",
            hierarchy="sys.hcs.acme.<b>x",
            status="Used",
            usage="User",
            vendor=evil,
        )
        config = a_connection(db)
        observed(
            db,
            config,
            datetime.now(UTC),
            [{"aor": SUBSCRIBED, "nodeName": evil, "userAgent": evil}],
        )
        plans.compute(db, config.name)
    shown = page()
    assert evil in text(shown)
    assert "online as" in text(shown)
    assert "<img" not in shown.text
    assert "<b>" not in page("/?hierarchy=sys.hcs.acme").text
    assert "style=" not in shown.text


def test_an_empty_inventory_says_what_to_do(database_url: str) -> None:
    said = text(page())
    for hint in ("There are no numbers yet", "numbers import FILE", "trigger its DAG"):
        assert hint in said, hint


def test_a_node_that_is_not_there_is_not_found(seeded: str) -> None:
    answer = page("/?hierarchy=sys.nowhere")
    assert answer.status_code == 404
    assert "There is no hierarchy node sys.nowhere" in answer.text
