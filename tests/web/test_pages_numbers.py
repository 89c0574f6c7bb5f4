"""Numbers are found as one types, chosen and changed, and each says why it is as it is."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from tests.integration.factories import (
    NOON,
    a_connection,
    a_cooling_number,
    a_number,
    a_user,
    observed,
)
from tests.web.api import (
    AVAILABLE,
    COOLING,
    ELSEWHERE,
    HERE,
    LEEDS,
    LONDON,
    RESERVED,
    SUBSCRIBED,
    THERE,
    USED,
    Sync,
    inventory,
    limited,
    operate,
)
from tests.web.pages import ROOT, get, send, shown

DAY = timedelta(days=1)
HOSTILE = "<script>alert(1)</script>\"'><img src=x>"


def partial(path: str, **more: Any) -> Any:
    return get(path, HX_Request="true", **more)


def listed(path: str, **more: Any) -> list[str]:
    """The numbers of a list, in its order."""
    page = partial(path, **more)
    assert page.status_code == 200, page.text
    return [
        part.split('"')[0].split("?")[0]
        for part in page.text.split(f'scope="row" class="number"><a href="{ROOT}/numbers/')[1:]
    ]


@pytest.mark.parametrize(
    ("query", "found", "says"),
    [
        ("q=%2B4420794601", [AVAILABLE, USED, COOLING, RESERVED, SUBSCRIBED], "begin with"),
        ("q=*0100", [AVAILABLE, ELSEWHERE], "end with 0100"),
        ("q=j.doe", [SUBSCRIBED], "of the subscriber j.doe"),
        ("q=Cooling for 2", [COOLING, "+33155550109"], "tag begins with Cooling for 2"),
        ("q=1001@10.8", ["1001"], "AOR 1001@10.8"),
        ("q=sip:1001@10.8.5.71", ["1001"], "AOR"),
        ("q=1001@elsewhere", [], "AOR"),
        ("status=Reserved&status=Cooling&hierarchy=sys.hcs.acme", [COOLING, RESERVED], "All"),
        ("vendor=Cisco&usage=User", [SUBSCRIBED], "All numbers"),
        ("release_before=2035-01-01", ["+33155550109"], "All numbers"),
        ("release_from=2035-01-01", [COOLING, RESERVED], "All numbers"),
        ("sort=-release_date&q=%2B44&status=&vendor=", [RESERVED, COOLING], "left out"),
    ],
)
def test_what_is_typed_and_chosen_is_found(
    seeded: str, query: str, found: list[str], says: str
) -> None:
    with inventory() as db:
        a_number(db, "1001", hierarchy=LONDON)
        observed(db, a_connection(db), NOON, [a_user("1001@10.8.5.71")])
    assert sorted(listed(f"/numbers?{query}")) == sorted(found)
    assert says in shown(f"/numbers?{query}")


def test_a_subscriber_of_any_form_is_found_by_the_link_of_the_number(seeded: str) -> None:
    for number, who in ((AVAILABLE, "zoe@acme.com"), (RESERVED, "4711")):
        operate("unreserve", number)
        operate("assign", number, vendor="Cisco", subscriber=who)
        path = shown(f"/numbers/{number}").partition("Subscriber</button>")[2]
        path = path.partition(f'<dd><a href="{ROOT}')[2].split('"')[0]
        assert listed(path) == [number]
        page = shown(path)
        assert f'name="subscriber" value="{who}"' in page
        assert f"format=csv&subscriber={who}" in page.replace("%40", "@")
        assert listed(f"{path}&q=j.doe") == []


def test_a_list_of_a_subscriber_goes_on_with_that_subscriber(seeded: str) -> None:
    with inventory() as db:
        for digits in range(2000, 2060):
            holder = {"status": "Used", "usage": "User", "vendor": "Cisco"}
            a_number(db, str(digits), hierarchy=LEEDS, subscriber="zoe@acme.com", **holder)
    following = unescape(partial("/numbers?subscriber=zoe@acme.com").text)
    path = following.partition('hx-get="')[2].split('"')[0].removeprefix(ROOT)
    assert listed(path) == [str(digits) for digits in range(2050, 2060)]


def test_the_address_follows_without_what_is_blank(seeded: str) -> None:
    answer = partial("/numbers?q=%2B44&status=&status=Used&vendor=&sort=internal_number")
    assert answer.headers["HX-Replace-Url"] == f"{ROOT}/numbers?q=%2B44&status=Used"
    assert "<html" not in answer.text


def test_a_list_goes_on_where_it_ended(seeded: str) -> None:
    with inventory() as db:
        for digits in range(2000, 2120):
            a_number(db, str(digits), hierarchy=LEEDS)
    seen, path = [], "/numbers?q=2&status=Available"
    for length in (50, 50, 20):
        page = listed(path)
        assert len(page) == length
        seen += page
        following = unescape(partial(path).text).partition('hx-get="')[2].split('"')[0]
        path = following.removeprefix(ROOT)
    assert seen == [str(digits) for digits in range(2000, 2120)]
    assert path == ""


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("q=Sue@host", "is no AOR that a number has"),
        ("hierarchy=nowhere", "There is no hierarchy node nowhere"),
        ("hierarchy=..", "Node:"),
        ("release_before=soon", "is no instant"),
        ("status=Lost", "Status:"),
        ("sort=colour", "Order:"),
        ("cursor=abc", "begin anew"),
        ("q=" + "4" * 121, "No more than 120 characters"),
        ("subscriber=%00", "Subscriber:"),
        ("q=%00", "Find:"),
    ],
)
def test_what_cannot_be_used_is_told_in_the_page(seeded: str, query: str, told: str) -> None:
    assert told in shown(f"/numbers?{query}")
    assert AVAILABLE not in partial(f"/numbers?{query}").text


def test_an_empty_list_says_what_to_do_next(seeded: str) -> None:
    page = shown("/numbers?q=44207946")
    assert f'href="{ROOT}/numbers?q=%2B44207946"' in page
    assert "Take a filter away" in shown("/numbers?vendor=Nobody")


def test_an_export_is_of_this_list(seeded: str) -> None:
    page = shown("/numbers?q=%2B44207946&status=Used&status=Reserved&hierarchy=" + LONDON)
    path = page.partition('Export this list: <a href="')[2].split('"')[0]
    answer = get(path.removeprefix(ROOT))
    assert answer.headers["content-disposition"] == 'attachment; filename="numbers.csv"'
    rows = answer.text.splitlines()[1:]
    for row, number in zip(rows, (USED, RESERVED, SUBSCRIBED), strict=True):
        assert number in row


def test_somebody_who_only_looks_is_offered_no_change(seeded: str) -> None:
    for path in ("/numbers", f"/numbers/{AVAILABLE}"):
        page = shown(path, "vera", "viewer")
        assert "<form method" not in page
        assert 'type="hidden"' not in page
        assert "With those" not in page
    assert "With those" in shown("/numbers", "otto", "user")
    assert "<summary>Reserve" in shown(f"/numbers/{AVAILABLE}", "otto", "user")


def test_a_limited_user_sees_and_changes_a_part_alone(seeded: str) -> None:
    limited("otto", LEEDS)
    assert all(
        number.startswith("+4411") for number in listed("/numbers", user="otto", role="user")
    )
    assert get(f"/numbers/{AVAILABLE}", "otto", "user").status_code == 404
    assert get(f"/numbers?hierarchy={LONDON}", "otto", "user").status_code == 403
    answer = send(
        "/operations", "otto", "user", operation="reserve", number=f"{AVAILABLE} {LONDON}"
    )
    assert answer.status_code == 403
    assert listed(f"/numbers?q={AVAILABLE.replace('+', '%2B')}&status=Available") == [AVAILABLE]


CHOSEN = [f"{number} {LONDON}" for number in (AVAILABLE, USED, COOLING)] + [f"+44113960101 {LEEDS}"]


def test_a_preview_says_what_would_be_and_changes_nothing(seeded: str) -> None:
    with inventory() as db:
        a_number(db, "+44113960101", hierarchy=LEEDS)
    answer = send(
        "/operations", operation="reserve", number=CHOSEN, days="3", notes="", dry_run="1"
    )
    page = unescape(answer.text)
    assert "would change 2" in page
    assert "would refuse 2" in page
    assert "it is Used by an AudioCodes device" in page
    assert "it is Cooling until 2040-01-31 12:00 UTC; only Available numbers can be taken" in page
    assert page.count('name="number"') == 2
    assert 'name="days" value="3"' in page
    assert listed("/numbers?status=Reserved") == [RESERVED]
    assert "HX-Trigger-After-Settle" not in answer.headers


def test_a_preview_of_a_move_goes_on_with_the_numbers_where_they_are(seeded: str) -> None:
    fields = {"operation": "move", "number": [CHOSEN[0], CHOSEN[1]], "to_hierarchy": LEEDS}
    page = unescape(send("/operations", dry_run="1", **fields).text)
    assert f'name="number" value="{CHOSEN[0]}"' in page
    assert page.count('name="number"') == 1
    assert f"{ROOT}/numbers/{AVAILABLE}?hierarchy={LONDON}" in page
    done = send("/operations", operation="move", number=CHOSEN[0], to_hierarchy=LEEDS)
    assert "changed 1" in unescape(done.text)
    assert f"{ROOT}/numbers/{AVAILABLE}?hierarchy={LEEDS}" in unescape(done.text)


def test_the_fields_of_an_operation_hinder_nobody_before_it_is_chosen(seeded: str) -> None:
    page = shown("/numbers")
    groups = re.findall("<fieldset[^>]*data-shown-for[^>]*>", page)
    assert len(groups) == page.count("data-shown-for")
    assert groups
    assert all(group.endswith(" hidden disabled>") for group in groups)


def test_an_operation_tells_what_became_of_each_number(seeded: str) -> None:
    answer = send("/operations", operation="cool", number=CHOSEN[:2], days="5", reason=HOSTILE)
    assert "changed 1" in unescape(answer.text)
    assert "refused 1" in unescape(answer.text)
    assert answer.headers["HX-Trigger-After-Settle"] == "changed-numbers"
    page = get(f"/numbers/{AVAILABLE}").text
    assert HOSTILE not in page
    assert HOSTILE in unescape(page)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"operation": "reserve"}, "choose the numbers first"),
        ({"number": CHOSEN}, "choose what is to be done"),
        ({"operation": "edit-all", "number": CHOSEN}, "choose what is to be done"),
        ({"operation": "next-available", "number": CHOSEN}, "choose what is to be done"),
        ({"operation": "reserve", "number": CHOSEN, "days": "many"}, "Days: "),
        ({"operation": "cool", "number": CHOSEN, "days": "1000"}, "Days: "),
        ({"operation": "move", "number": CHOSEN}, "To hierarchy: "),
        ({"operation": "reserve", "number": "+44 "}, "is no number at a node"),
        ({"operation": "reserve", "number": ["1 a"] * 2000}, "1,000 numbers at most"),
    ],
)
def test_a_form_that_cannot_be_used_says_which_field(
    seeded: str, fields: dict[str, Any], told: str
) -> None:
    answer = send("/operations", **fields)
    assert answer.status_code == 422
    assert told in unescape(answer.text)


def test_the_same_digits_at_two_nodes_are_chosen_one_by_one(seeded: str) -> None:
    with inventory() as db:
        a_number(db, "1001", hierarchy=LONDON)
        a_number(db, "1001", hierarchy=LEEDS)
    choice = shown("/numbers/1001")
    assert "at several hierarchy nodes" in choice
    assert f'href="{ROOT}/numbers/1001?hierarchy={LEEDS}"' in choice
    assert "changed 1" in send("/operations", operation="reserve", number=f"1001 {LEEDS}").text
    assert "Available" in shown(f"/numbers/1001?hierarchy={LONDON}").split("why")[0]
    assert "Reserved" in shown(f"/numbers/1001?hierarchy={LEEDS}").split("why")[0]


def test_a_number_says_why_it_is_so_and_links_to_what_made_it_so(seeded: str) -> None:
    from include.inventory import plans
    from include.inventory.events import Actor

    with inventory() as db:
        a_number(db, "1001", hierarchy=LONDON)
        observed(db, a_connection(db), NOON, [a_user("1001@10.8.5.71", userAgent=HOSTILE)])
        plan = plans.compute(db, "lab").plan
        run = "SyncAudioCodes__lab/manual__2026-11-02T12:00:00+00:00"
        plans.apply(db, plan, actor=Actor("SyncAudioCodes__lab", run))
    page = get("/numbers/1001").text
    assert HOSTILE not in page
    assert (
        "Used by AudioCodes: SBC-1 lists it as 1001@10.8.5.71 since 2 Nov 2026 12:00 UTC." in page
    )
    assert "/dags/SyncAudioCodes__lab/runs/manual__2026-11-02T12:00:00+00:00" in page
    assert f'href="{ROOT}/plans/{plan}"' in page
    assert '<rect class="stay active"' in page
    assert '<rect class="fill-used"' in page
    assert "<summary>Edit" in page
    assert "<summary>Reserve" not in page


def test_a_number_listed_again_while_it_cooled_is_released_later(seeded: str) -> None:
    now = datetime.now(UTC) + timedelta(minutes=1)
    gone = now + timedelta(minutes=1)
    with inventory() as db:
        config = a_connection(db)
        a_cooling_number(db, "1001", hierarchy=LONDON, until=now + 2 * DAY)
        observed(db, config, now, [a_user("1001@h")])
        observed(db, config, gone, [])
    why = shown("/numbers/1001").partition('<p class="why">')[2].partition("</p>")[0]
    ready = gone + 3 * DAY
    assert f"released on {ready:%-d %b %Y %H:%M} UTC if still absent then, as SBC-1" in why
    assert f"listed it until {gone:%-d %b %Y %H:%M} UTC" in why


def test_marks_lead_to_events_that_are_in_the_table(
    seeded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.web.pages import numbers

    monkeypatch.setattr(numbers, "EVENTS", 2)
    for text in ("one", "two", "three"):
        operate("edit", AVAILABLE, texts={"description": text})
    page = shown(f"/numbers/{AVAILABLE}")
    assert page.count('<circle class="mark fill-available"') == 3
    assert re.findall('href="#(event-[0-9]+)"', page) == ["event-2", "event-3"]
    assert re.findall('id="(event-[0-9]+)"', page) == ["event-3", "event-2"]


def test_a_limited_user_sees_no_figures_of_a_hold_from_elsewhere(synced: Sync) -> None:
    with inventory() as db:
        a_number(db, HERE[0], hierarchy=LONDON)
    for users in ([*THERE, *HERE], THERE):
        synced(users, hierarchy="sys.hcs.acme")
    limited("otto", LONDON)
    for user, is_told in (("ada", True), ("otto", False)):
        page = shown(f"/numbers/{HERE[0]}", user)
        assert "the list of SBC-1 is distrusted since" in page
        assert ("SBC-1 lists none of its 12 numbers" in page) == is_told
        assert ("what ends that is" in page) == is_told


@pytest.mark.parametrize("hierarchy", ["%00", "a%00b", "..", "x" * 2000])
def test_a_node_that_can_be_none_is_refused(seeded: str, hierarchy: str) -> None:
    answer = get(f"/numbers/{AVAILABLE}?hierarchy={hierarchy}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def acted(number: str, operation: str, version: str, **fields: Any) -> Any:
    return send(f"/numbers/{number}/{operation}", hierarchy=LONDON, version=version, **fields)


def version_of(number: str) -> str:
    return shown(f"/numbers/{number}").partition('name="version" value="')[2].split('"')[0]


def test_an_operation_on_one_number_shows_it_as_it_is_then(seeded: str) -> None:
    answer = acted(AVAILABLE, "reserve", version_of(AVAILABLE), days="2", reason="for Zoe")
    page = unescape(answer.text)
    assert "<html" not in page
    assert "Reserve: done" in page
    assert "by ada (for Zoe)" in page
    assert "<summary>Unreserve" in page
    assert answer.headers["HX-Replace-Url"] == f"{ROOT}/numbers/{AVAILABLE}?hierarchy={LONDON}"


def test_a_page_that_is_stale_changes_nothing(seeded: str) -> None:
    stale = version_of(AVAILABLE)
    operate("edit", AVAILABLE, texts={"description": "newer"})
    answer = acted(AVAILABLE, "reserve", stale)
    assert answer.status_code == 412
    assert "was changed since it was read" in answer.text
    assert listed("/numbers?status=Reserved") == [RESERVED]


def test_a_refusal_says_why_and_until_when(seeded: str) -> None:
    page = acted(COOLING, "reserve", version_of(COOLING)).text
    assert "Reserve: refused" in page
    assert "is Cooling until 2040-01-31 12:00 UTC" in page


def test_a_blank_text_is_cleared_and_a_number_that_moves_is_followed(seeded: str) -> None:
    texts = {"text.description": " ", "text.e164_number": "+441", "text.extra1": "floor 4"}
    page = acted(AVAILABLE, "edit", version_of(AVAILABLE), **texts).text
    assert "block A" not in page.partition('id="history"')[0]
    assert "floor 4" in page
    answer = acted(AVAILABLE, "move", version_of(AVAILABLE), to_hierarchy=LEEDS)
    assert answer.headers["HX-Replace-Url"].endswith(f"?hierarchy={LEEDS}")
    assert "Available since" in answer.text or "Available;" in answer.text


def test_a_deleted_number_is_shown_with_its_history(seeded: str) -> None:
    page = acted(AVAILABLE, "delete", version_of(AVAILABLE)).text
    assert "Deleted on " in page
    assert "by ada; it was Available" in page
    assert "<summary>" not in page
    assert "Deleted on " in shown(f"/numbers/{AVAILABLE}")
