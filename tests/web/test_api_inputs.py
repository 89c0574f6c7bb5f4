"""What nobody should send: it is refused as what it is, or kept as the text that it is."""

from typing import Any

import pytest

from include.inventory.operations import OPERATIONS
from tests.web.api import AVAILABLE, LEEDS, LONDON, client, operate, post
from tests.web.test_api_access import problem

INJECTIONS = [
    "'; DROP TABLE numbers.number; --",
    "\\'; SELECT pg_sleep(9); --",
    "%s %(actor)s :actor $1 {0} ${x}",
    "<script>alert(1)</script>",
    "\u202e\u200b\ufeff\u0663",
    'O\'Brien "quoted" \\ back\nnew line',
]
NO_NUMBERS = [
    "+44 2079460100",
    " +442079460100",
    "+442079460100\n",
    "abc",
    "+44207946010O",
    "\u202e+442079460100",
    "+44207946\u200b0100",
    "\ufeff4711",
    "\u0664\u0667\u0661\u0661",
    "\uff11\uff12\uff13",
    "1234567890123456",
    "+1234567890123456",
    "+0442079460100",
    "",
    "-1",
    "1-",
    "1-2-3",
    "' OR 1=1 --",
    "1\x00",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_text_is_nothing_but_a_text(text: str, seeded: str) -> None:
    """In every field that takes one, on the way in, in the history, and in every filter."""
    told = {"reason": text}
    assert operate("edit", AVAILABLE, texts={"description": text, "extra1": text}, **told).json()[
        "changed"
    ]
    assert operate("reserve", AVAILABLE, notes=text, **told).json()["changed"]
    assert operate("unreserve", AVAILABLE, **told).json()["changed"]
    assign = {"vendor": text.replace("\n", " "), "usage": text.replace("\n", " ")}
    assert operate("assign", AVAILABLE, subscriber=text, **assign, **told).json()["changed"]
    found = client().get("/numbers/%2B442079460100").json()
    assert found["subscriber"] == found["extra1"] == text
    assert {event["detail"]["reason"] for event in found["history"]} == {text}
    for name in ("vendor", "usage", "subscriber"):
        answer = client().get("/numbers", params={name: found[name].replace("\n", " ")})
        assert answer.status_code == 200
        assert answer.json()["items"] or "\n" in found[name]
    assert len(client().get("/numbers").json()["items"]) == 16


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_what_is_no_number_is_refused(number: str, seeded: str) -> None:
    for operation in OPERATIONS:
        if operation != "next-available":
            told = {
                "hierarchy": LONDON,
                "usage": "x",
                "to_hierarchy": LEEDS,
                "texts": {"extra1": "x"},
            }
            said = problem(operate(operation, "4711", number, **told))
            assert said["status"] == 422
            if operation == "delete":
                assert said["errors"]
    from urllib.parse import quote

    answer = client().get(f"/numbers/{quote(number, safe='')}")
    assert answer.status_code in (404, 422) or number == ""


@pytest.mark.parametrize("wish", ["2-1", "1-10", "+4420-+4410", "1-99999999", "*1-*2", "+1-2"])
def test_what_is_no_range_is_refused(wish: str, seeded: str) -> None:
    assert problem(operate("delete", wish))["status"] == 422


@pytest.mark.parametrize("days", [-1, 1000, 1.5, "2", True, 10**30, 1e400, [], {}])
def test_days_are_a_whole_number_of_0_to_999(days: Any, seeded: str) -> None:
    for operation in ("reserve", "cool"):
        content = f'{{"numbers": ["{AVAILABLE}"], "days": {_json(days)}}}'
        assert problem(_raw(f"/operations/{operation}", content))["status"] == 422


def _json(value: Any) -> str:
    import json

    return "1e400" if value == float("inf") else json.dumps(value)


def _raw(path: str, content: str | bytes) -> Any:
    return client().post(path, content=content, headers={"content-type": "application/json"})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        "NaN",
        '{"numbers": ["1"], "numbers": "x"}',
        '{"numbers": "1"}',
        '{"numbers": []}',
        '{"numbers": [1]}',
        '{"numbers": null}',
        '{"numbers": ["1"], "reason": "\\ud800"}',
        '{"numbers": ["1"], "reason": "a\\u0000b"}',
        '{"numbers": ["1"], "reason": 7}',
        '{"numbers": ["1"], "dry_run": "yes"}',
        '{"numbers": ["1"], "dry_run": 1}',
        '{"numbers": ["1"], "statsu": "x"}',
        '{"numbers": ["1"], "user_limit": "sys"}',
        '{"numbers": ["1"], "hierarchy": ""}',
        '{"numbers": ["1"], "hierarchy": "a..b"}',
        '{"numbers": ["1"], "hierarchy": "a.b "}',
        '{"numbers": ["1"], "hierarchy": 1}',
        '{"numbers": ["1"], "days": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"numbers":' * 50_000,
        '{"numbers": ["1"], "reason": "' + "x" * 1001 + '"}',
        '{"numbers": [' + '"1",' * 10_000 + '"1"]}',
        b'{"numbers": ["\xff\xfe"]}',
        b"\xef\xbb\xbf{}",
    ],
)
def test_a_body_that_is_not_as_described_is_refused(content: str | bytes, seeded: str) -> None:
    said = problem(_raw("/operations/reserve", content))
    assert said["status"] == 422
    assert said["errors"][0]["pointer"].startswith("#")


def test_a_mistake_is_told_by_its_place(seeded: str) -> None:
    said = problem(operate("reserve", "1", "x", days=-1))
    assert [one["pointer"] for one in said["errors"]] == ["#/numbers/1", "#/days"]


@pytest.mark.parametrize(
    "node", ["sys.nowhere", "x", "sys.hcs.acme.london.room", "DROP TABLE", "é"]
)
def test_a_node_that_is_not_there_is_404(node: str, seeded: str) -> None:
    for path in (
        f"/hierarchy/{node}",
        f"/hierarchy?hierarchy={node}",
        f"/macros?hierarchy={node}",
        f"/macros/audiocodes_cooling_duration/history?hierarchy={node}",
        f"/reports/utilisation?hierarchy={node}",
    ):
        assert problem(client().get(path))["status"] == 404, path
    assert problem(operate("add", "1", hierarchy=node))["status"] == 404
    assert problem(operate("move", AVAILABLE, to_hierarchy=node))["status"] == 404
    answer = post("/operations/next-available", {"hierarchy": node})
    assert problem(answer)["status"] == 404


@pytest.mark.parametrize(
    "query",
    [
        "vendor=%00",
        "vendor=",
        "vendor=%20",
        "subscriber=%1b",
        "vendor=" + "x" * 1001,
        "hierarchy=" + "x" * 501,
        "hierarchy=%F0%90",
        "prefix=%00",
    ],
)
def test_a_filter_that_no_number_can_fit_is_refused(query: str, seeded: str) -> None:
    assert client().get(f"/numbers?{query}").status_code == (404 if "%F0" in query else 422)


@pytest.mark.parametrize("form", ["json", "csv", "ndjson"])
def test_a_list_of_a_node_that_there_is_not_is_none(form: str, seeded: str) -> None:
    said = problem(client().get(f"/numbers?hierarchy=sys.hcs.acme.lon&format={form}"))
    assert said["status"] == 404
    assert "There is no hierarchy node sys.hcs.acme.lon" in said["detail"]


@pytest.mark.parametrize("country", ["gb", "GBR", "X1", "ZZ", ""])
def test_a_country_is_two_letters(country: str, seeded: str) -> None:
    answer = post("/operations/next-available", {"hierarchy": LEEDS, "country": country})
    assert problem(answer)["status"] == 422


@pytest.mark.parametrize("instant", [0, 1764028800, 1.5, True, ["2026-11-23"], {}])
def test_an_instant_is_text_and_no_number(seeded: str, instant: object) -> None:
    body = {"hierarchy": LONDON, "value": 3, "valid_from": instant}
    answer = client().put("/macros/audiocodes_cooling_duration", json=body)
    assert problem(answer)["status"] == 422
