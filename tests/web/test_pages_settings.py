"""The settings: what is in force where, who changes it, and what was changed."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from include.inventory import limits, macros
from include.inventory.events import Actor
from include.inventory.fields import FIELDS
from include.inventory.status import Status
from tests.airflow_home import api
from tests.integration.factories import a_node
from tests.web.api import LEEDS, LONDON, OTHER, client, inventory, limited
from tests.web.pages import FORM, ROOT, get, send, shown

COOLING = "audiocodes_cooling_duration"
AT = f"/settings/macros/{COOLING}"
ACME = "sys.hcs.acme"
HOSTILE = "<script>alert(1)</script>'\"&"


@pytest.fixture(autouse=True)
def there(seeded: str) -> None:
    """The seeded inventory: audiocodes_cooling_duration is 3 at sys.hcs, and 9 at Zenith's Paris.

    Its numbers are not looked at.
    """


def put(value: object, hierarchy: str = ACME, name: str = COOLING, **more: object) -> None:
    with inventory() as db:
        macros.set_value(db, name, value, hierarchy=hierarchy, set_by="Ada", **more)


def setting(page: str, name: str = COOLING) -> str:
    """What a page says of one macro, without its tags."""
    (found,) = [
        one for one in page.split('<li class="setting">')[1:] if re.search(rf">{name}</h3>", one)
    ]
    words = re.sub(r"<[^>]*>", " ", found.split("</li>")[0].split('<div class="change">')[0])
    return " ".join(words.split())


def changes(page: str) -> list[str]:
    """The rows of the changes, without their tags."""
    table = page.split('id="changes"')[1].split("<tbody>")[1].split("</tbody>", maxsplit=1)[0]
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in table.split("<tr>")[1:]]


def test_each_value_says_which_node_it_comes_from() -> None:
    put(0)
    assert "0 days 0\N{EN DASH}999, ships as 2 days set here since" in setting(
        shown(f"/settings?hierarchy={ACME}")
    )
    assert f"0 days 0\N{EN DASH}999, ships as 2 days inherited {ACME} since" in setting(
        shown(f"/settings?hierarchy={LONDON}")
    )
    assert "9 days" in setting(shown(f"/settings?hierarchy={OTHER}"))
    alert = setting(shown(f"/settings?hierarchy={LONDON}"), "audiocodes_list_max_age_hours")
    assert "24 hours 1\N{EN DASH}9,999, ships as 24 hours shipped default" in alert


def test_without_a_node_the_top_is_shown_and_leads_further_down() -> None:
    page = shown("/settings")
    assert "<title>Settings at sys " in page
    assert f'href="{ROOT}/settings?hierarchy=sys.hcs"' in page


def test_nodes_are_found_by_path_and_description_a_few_at_a_time() -> None:
    with inventory() as db:
        a_node(db, "sys.hcs.acme.bath", "site")
        db.execute(
            text(
                "UPDATE numbers.hierarchy_node SET description = 'Roman SPA' "
                "WHERE hierarchy = 'sys.hcs.acme.bath'"
            )
        )
        for site in range(30):
            a_node(db, f"sys.hcs.acme.shop{site:02}", "site")
    spa = get("/settings?find=roman", HX_Request="true").text
    assert "sys.hcs.acme.bath" in spa
    assert "sys.hcs.acme.shop" not in spa
    shops = shown("/settings?find=SHOP")
    assert (shops.count(">sys.hcs.acme.shop"), "and more" in shops) == (20, True)
    assert "None. Look for another part" in shown("/settings?find=100%25")


def test_an_administrator_sets_a_macro_and_sees_what_it_was() -> None:
    answer = send(AT, hierarchy=LONDON, value=" 5 ")
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "5 days" in setting(answer.text)
    assert f"is 5 days at {LONDON}" in answer.text
    assert send(AT, hierarchy=LONDON, value="7").status_code == 200
    newest, older = changes(shown(f"/settings?hierarchy={LONDON}"))[:2]
    assert f"{COOLING} {LONDON} (this one) 5 days → becomes 7 days api:ada" in newest
    assert "not set → becomes 5 days api:ada" in older
    with inventory() as db:
        assert macros.in_force(db, COOLING, LONDON).set_by == "api:ada"


def test_an_administrator_clears_a_macro_and_is_told_what_holds_instead() -> None:
    put(5, LONDON)
    assert "Then it is 3 days, from sys.hcs." in shown(f"/settings?hierarchy={LONDON}")
    answer = send(f"{AT}/clear", hierarchy=LONDON)
    assert answer.status_code == 200
    assert "inherited sys.hcs" in setting(answer.text)
    assert "5 days → becomes cleared api:ada" in changes(answer.text)[0]
    again = send(f"{AT}/clear", hierarchy=LONDON)
    assert (again.status_code, "no value of its own" in again.text) == (409, True)


def test_a_value_may_begin_later_in_utc() -> None:
    later = datetime.now(UTC) + timedelta(days=40)
    answer = send(AT, hierarchy=LONDON, value="6", valid_from=f"{later:%Y-%m-%dT%H:%M}")
    assert answer.status_code == 200
    assert f"planned 6 days from {later:%-d %b %Y %H:%M} UTC on, by api:ada" in setting(answer.text)
    assert setting(answer.text).endswith("by tests")
    assert "planned" in changes(answer.text)[0]
    assert "Clear it here" not in answer.text


def test_without_a_script_the_page_is_asked_for_anew() -> None:
    answer = api("ada", "admin").post(
        ROOT + AT,
        data={"hierarchy": LONDON, "value": "5"},
        headers=FORM,
        follow_redirects=False,
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{ROOT}/settings?hierarchy={LONDON}"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("-1", "it takes 0 to 999 days"),
        ("1000", "it takes 0 to 999 days"),
        ("2.5", "it takes a whole number of days"),
        ("", "it takes a whole number of days"),
        (HOSTILE, "&lt;script&gt;"),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_the_words_of_the_api(value: str, says: str) -> None:
    answer = send(AT, hierarchy=LONDON, value=value)
    assert answer.status_code == 422
    assert says in answer.text
    assert "<script" not in answer.text
    if value != HOSTILE and value.lstrip("-").isdigit():
        body = {"hierarchy": LONDON, "value": int(value)}
        told = client().put(f"/macros/{COOLING}", json=body).json()["detail"]
        assert told.replace(value, f"'{value}'", 1) == re.search(
            r"<p>(.*?)</p>", answer.text
        ).group(1).replace("&#39;", "'")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/settings?hierarchy=sys.nowhere", 404),
        ("/settings?hierarchy=..", 422),
        ("/settings?skip=-1", 422),
        ("/settings?hierachy=sys", 422),
    ],
)
def test_an_address_with_a_mistake_is_told_so(path: str, status: int) -> None:
    assert get(path).status_code == status


def test_a_viewer_sees_values_and_may_not_change_them() -> None:
    put(0)
    page = shown(f"/settings?hierarchy={ACME}", "vera", "viewer")
    assert "0 days" in setting(page)
    assert '<button type="button" popovertarget' not in page
    assert "Users limited" not in page
    assert "paul" not in page
    for path in (AT, f"{AT}/clear"):
        answer = send(path, "vera", "viewer", hierarchy=ACME, value="5")
        assert answer.status_code == 403
    with inventory() as db:
        assert macros.in_force(db, COOLING, ACME).value == 0


def test_who_is_limited_sees_and_changes_only_what_is_below() -> None:
    put(1, LONDON)
    put(8, LEEDS)
    limited("lil", LONDON)
    page = shown("/settings", "lil")
    assert f"<title>Settings at {LONDON} " in page
    for other in (LEEDS, OTHER, "paul"):
        assert other not in page
    assert f'href="{ROOT}/settings?hierarchy=sys"' not in page
    assert [COOLING in row and LONDON in row for row in changes(page)] == [True]
    assert LEEDS not in shown("/settings?find=leeds", "lil")
    for path in ("/settings?hierarchy=sys.hcs", f"/settings?hierarchy={LEEDS}"):
        assert get(path, "lil").status_code == 403
    for path in (AT, f"{AT}/clear"):
        assert send(path, "lil", hierarchy=LEEDS, value="5").status_code == 403
    with inventory() as db:
        assert macros.in_force(db, COOLING, LEEDS).value == 8


def test_changes_are_a_page_at_a_time_and_of_one_macro() -> None:
    with inventory() as db:
        start = datetime.now(UTC) - timedelta(days=99)
        for day in range(70):
            macros.set_value(
                db,
                "audiocodes_consecutive_misses",
                day % 90 + 1,
                hierarchy=LONDON,
                set_by="Ada",
                valid_from=start + timedelta(days=day),
            )
    seen = []
    for skip in (0, 30, 60):
        page = shown(
            f"/settings?hierarchy={LONDON}&macro=audiocodes_consecutive_misses&skip={skip}"
        )
        seen += changes(page)
        assert ("Older changes" in page) == (skip < 60)
    assert len(seen) == len(set(seen)) == 70
    assert COOLING not in "".join(seen)


def test_what_people_wrote_is_text() -> None:
    with inventory() as db:
        limits.limit(db, HOSTILE, hierarchy=LONDON, actor=Actor(HOSTILE))
        node = f"sys.hcs.{HOSTILE.replace('.', '')}"
        a_node(db, node, "site")
        db.execute(
            text("UPDATE numbers.hierarchy_node SET description = :about WHERE hierarchy = :node"),
            {"about": HOSTILE, "node": node},
        )
        macros.set_value(db, COOLING, 4, hierarchy=node, set_by=HOSTILE)
    for path in ("/settings", "/settings?hierarchy=sys.hcs", "/settings?find=<script>"):
        answer = get(path).text
        assert "<script>alert" not in answer
        assert "&lt;script&gt;alert" in answer
    answer = api("ada", "admin").get(f"{ROOT}/settings", params={"hierarchy": node})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_an_empty_inventory_says_what_to_do_next() -> None:
    with inventory() as db:
        db.execute(text("TRUNCATE numbers.number, numbers.hierarchy_node CASCADE"))
    assert "There are no hierarchy nodes yet" in shown("/settings")


def test_every_word_of_the_inventory_has_a_meaning() -> None:
    from include.web.pages import glossary

    with inventory() as db:
        known = {
            name: set(re.findall(r"'([a-z ]+)'::text", rule))
            for name, rule in db.execute(
                text(
                    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conname "
                    "IN ('verdict_rule_is_known', 'plan_change_kind_is_known')"
                )
            )
        }
    assert set(glossary.STATUSES) == set(Status)
    assert set(FIELDS) <= set(glossary.FIELDS)
    assert set(glossary.RULES) == known["verdict_rule_is_known"]
    assert set(glossary.CHANGES) == known["plan_change_kind_is_known"]
    assert glossary.meaning("vendor", "Cisco") == glossary.VENDORS["(other)"]
    for words in glossary.MEANINGS.values():
        for sentence in words.values():
            assert re.fullmatch(r"[A-Z][^.]*\.", sentence), sentence


@pytest.mark.parametrize("query", ["find=%00", "macro=%00", "hierarchy=%00", "skip=" + "9" * 30])
def test_what_nothing_can_be_called_is_refused_with_a_reason(query: str) -> None:
    answer = get(f"/settings?{query}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
