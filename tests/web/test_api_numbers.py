"""Numbers over HTTP: lists of them in every form, and each with its version."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import text

from include.inventory import numbers
from include.inventory.events import Actor
from tests.web.api import (
    AVAILABLE,
    COOLING,
    ELSEWHERE,
    LEEDS,
    LONDON,
    OTHER,
    RESERVED,
    ROOT,
    SUBSCRIBED,
    USED,
    client,
    inventory,
    operate,
)
from tests.web.test_api_access import problem

ONE = "/numbers/%2B442079460100"


def listed(query: str = "") -> list[str]:
    return [row["internal_number"] for row in client().get(f"/numbers?{query}").json()["items"]]


@pytest.mark.parametrize(
    ("query", "fitting"),
    [
        ("status=Cooling&status=Reserved", ["+33155550109", COOLING, RESERVED]),
        ("vendor=AudioCodes", [USED]),
        ("vendor=AudioCodes&status=Available", []),
        ("usage=User", [SUBSCRIBED]),
        ("subscriber=j.doe", [SUBSCRIBED]),
        (f"hierarchy={LONDON}&prefix=%2B442", [AVAILABLE, USED, COOLING, RESERVED, SUBSCRIBED]),
        ("hierarchy=sys.hcs.acme&ending=00", ["+441139601000", AVAILABLE]),
        ("release_before=2040-01-01T00:00:00Z", ["+33155550109"]),
        ("release_from=2040-01-01T00:00:00Z", [COOLING, RESERVED]),
        ("tag=Cooling%20for&hierarchy=sys.hcs.acme", [COOLING]),
        ("aor=1001@10.8.5.71", []),
        ("sort=-release_date&hierarchy=sys.hcs.acme", [RESERVED, COOLING]),
    ],
)
def test_a_list_is_of_what_fits_every_filter(query: str, fitting: list[str], seeded: str) -> None:
    assert listed(query) == fitting


@pytest.mark.parametrize("sort", numbers.SORTS)
def test_pages_are_the_whole_list(sort: str, seeded: str) -> None:
    whole = listed(f"sort={sort}&limit=1000")
    found: list[str] = []
    path: str | None = f"/numbers?sort={sort}&limit=2"
    while path:
        answer = client().get(path)
        page = answer.json()
        found += [row["internal_number"] for row in page["items"]]
        assert ("link" in answer.headers) == (page["next"] is not None)
        path = answer.links["next"]["url"].removeprefix(ROOT) if page["next"] else None
    assert found == whole
    assert len(whole) == (16 if "number" in sort else 3)


@pytest.mark.parametrize("cursor", ["junk", "AAAA", "x" * 2001, "W10", "%00", "é", "a b"])
def test_a_cursor_that_no_list_gave_is_refused(cursor: str, seeded: str) -> None:
    assert problem(client().get(f"/numbers?cursor={cursor}"))["status"] == 422


def test_a_cursor_is_good_for_its_own_list_alone(seeded: str) -> None:
    cursor = client().get("/numbers?limit=1").json()["next"]
    for path in (
        f"/numbers?sort=-release_date&cursor={cursor}",
        f"/numbers?sort=release_date&cursor={cursor}",
        f"/hierarchy?cursor={cursor}",
        f"/numbers?cursor={cursor[:-3]}abc",
    ):
        assert problem(client().get(path))["status"] == 422


def test_only_the_fields_asked_for_are_told(seeded: str) -> None:
    items = (
        client()
        .get("/numbers?fields=internal_number,extra1,status,status&limit=20")
        .json()["items"]
    )
    assert {tuple(row) for row in items} == {("internal_number", "extra1", "status")}
    assert {row["extra1"] for row in items} == {"floor 3", None}
    lines = client().get("/numbers?fields=status,extra1&format=csv&ending=0100").text.splitlines()
    assert lines[0] == "status,extra1"
    for wrong in ("number_id", "status,", "", "extra0", "status;drop", "version"):
        assert problem(client().get(f"/numbers?fields={wrong}"))["status"] == 422


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "1.5", "", "9" * 30])
def test_a_page_has_one_to_a_thousand_numbers(limit: str, seeded: str) -> None:
    assert problem(client().get(f"/numbers?limit={limit}"))["status"] == 422


@pytest.mark.parametrize(
    "query",
    [
        "statu=Used",
        "status=used",
        "sort=status",
        "hierarchy=",
        "hierarchy=a..b",
        "release_before=soon",
        "aor=nobody@10.8.5.71",
        "prefix=x",
        "format=xml",
        "release_before=0001-01-01",
    ],
)
def test_what_would_filter_nothing_is_refused(query: str, seeded: str) -> None:
    assert problem(client().get(f"/numbers?{query}"))["status"] == 422


def test_the_whole_list_is_csv_that_a_spreadsheet_cannot_run(seeded: str) -> None:
    operate("edit", AVAILABLE, texts={"description": '=HYPERLINK("https://evil")'})
    answer = client().get("/numbers?hierarchy=sys.hcs.acme.london", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="numbers.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["internal_number"] for row in rows] == [
        f"'{number}" for number in (AVAILABLE, USED, COOLING, RESERVED, SUBSCRIBED)
    ]
    assert rows[0]["description"].startswith("'=HYPERLINK")
    assert rows[2]["release_date"] == "'2040-01-31T12:00:00+00:00"


def test_the_csv_can_be_imported_again(seeded: str, tmp_path: Path) -> None:
    from include.inventory import imports

    before = client().get("/numbers").json()["items"]
    (tmp_path / "numbers.csv").write_text(client().get("/numbers?format=csv").text, "utf-8")
    with inventory() as db:
        done = imports.import_file(db, tmp_path / "numbers.csv", actor=Actor("tests"))
    assert not done.rejected
    assert client().get("/numbers").json()["items"] == before


def test_ndjson_is_a_number_a_line(seeded: str) -> None:
    for sort in numbers.SORTS:
        answer = client().get(f"/numbers?format=ndjson&sort={sort}")
        assert answer.headers["content-type"] == "application/x-ndjson"
        rows = [json.loads(line) for line in answer.text.splitlines()]
        assert [row["internal_number"] for row in rows] == listed(f"sort={sort}&limit=1000")
    assert client().get("/numbers?format=ndjson&prefix=99").text == ""


def test_an_export_can_be_of_a_part(seeded: str) -> None:
    first = client().get("/numbers?limit=3").json()
    rest = client().get(f"/numbers?format=ndjson&cursor={first['next']}&limit=4").text.splitlines()
    assert [json.loads(line)["internal_number"] for line in rest] == listed("limit=7")[3:]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("text/*", "text/csv"),
        ("text/csv;q=0.1, application/json;q=0.2", "application/json"),
        ("text/csv, */*;q=0.1", "text/csv"),
        ("application/x-ndjson;q=1, text/html", "application/x-ndjson"),
        ("text/html, */*;q=0.8", "application/json"),
        ("image/png", None),
        ("application/json;q=0", None),
        ("text/csv;q=nonsense", None),
        ("", None),
    ],
)
def test_the_form_is_the_one_that_is_wanted_most(
    accept: str, media: str | None, seeded: str
) -> None:
    answer = client().get("/numbers", headers={"Accept": accept})
    if media is None:
        assert problem(answer)["status"] == 406
    else:
        assert answer.headers["content-type"].split(";")[0] == media


def test_a_number_has_its_fields_its_places_and_its_history(seeded: str) -> None:
    operate("reserve", AVAILABLE, notes="for Ann", reason="ticket 1")
    answer = client().get(ONE)
    found = answer.json()
    assert found["status"] == "Reserved"
    assert found["extra1"] == "floor 3"
    assert found["online"] == []
    assert found["why"].endswith("by ada (ticket 1) (for Ann); until somebody ends it.")
    assert [event["detail"]["reason"] for event in found["history"]] == ["ticket 1"]
    assert answer.headers["etag"] == f'"{found["version"]}"'


def test_a_number_that_is_known_is_not_sent_again(seeded: str) -> None:
    tag = client().get(ONE).headers["etag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        answer = client().get(ONE, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
    operate("reserve", AVAILABLE)
    assert client().get(ONE, headers={"If-None-Match": tag}).status_code == 200
    assert problem(client().get(ONE, headers={"If-None-Match": "unquoted"}))["status"] == 422


@pytest.mark.parametrize("number", ["999", "+449999999999", "**1", "%231"])
def test_a_number_that_is_not_there_is_404(number: str, seeded: str) -> None:
    assert problem(client().get(f"/numbers/{number}"))["status"] == 404


def test_a_number_at_several_nodes_needs_its_node(seeded: str) -> None:
    for node in (LONDON, OTHER):
        assert operate("add", "4711", hierarchy=node).json()["changed"] == 1
    assert problem(client().get("/numbers/4711"))["status"] == 409
    assert client().get(f"/numbers/4711?hierarchy={OTHER}").json()["hierarchy"] == OTHER


def test_texts_are_set_unless_somebody_else_was_faster(seeded: str) -> None:
    tag = client().get(ONE).headers["etag"]
    answer = client().patch(
        ONE, json={"description": "new", "extra1": None}, headers={"If-Match": tag}
    )
    assert answer.status_code == 200
    assert answer.json()["description"] == "new"
    assert "extra1" not in answer.json()
    assert answer.headers["etag"] == client().get(ONE).headers["etag"] != tag
    late = client().patch(ONE, json={"description": "late"}, headers={"If-Match": tag})
    assert problem(late)["status"] == 412
    assert client().get(ONE).json()["description"] == "new"
    assert (
        client().patch(ONE, json={"description": "any"}, headers={"If-Match": "*"}).status_code
        == 200
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "Used"},
        {"extra0": "x"},
        {"description": 1},
        [],
        "x",
        {"e164_number": "12"},
        {"description": "\x00"},
    ],
)
def test_only_free_texts_can_be_set(body: Any, seeded: str) -> None:
    assert problem(client().patch(ONE, json=body))["status"] == 422


def test_a_number_is_deleted_unless_it_was_changed(seeded: str) -> None:
    tag = client().get(ONE).headers["etag"]
    operate("edit", AVAILABLE, texts={"description": "changed"})
    assert problem(client().delete(ONE, headers={"If-Match": tag}))["status"] == 412
    tag = client().get(ONE).headers["etag"]
    assert client().delete(f"{ONE}?reason=over", headers={"If-Match": tag}).status_code == 204
    gone = client().get(ONE).json()
    assert gone["status"] is None
    assert gone["history"][-1]["detail"]["reason"] == "over"
    assert problem(client().delete(ONE))["status"] == 404
    assert problem(client().patch(ONE, json={"description": "x"}))["status"] == 404


def test_a_number_in_use_is_not_deleted(seeded: str) -> None:
    said = problem(client().delete("/numbers/%2B442079460101"))
    assert said["status"] == 409
    assert said["items"][0]["vendor"] == "AudioCodes"


def test_a_client_that_goes_away_leaves_no_transaction_open(seeded: str) -> None:
    """Ten thousand rows are asked for, and nobody waits for the second chunk."""
    operate("add", "0000-9999", hierarchy=LEEDS)
    from include.web import application

    server = application.alone()
    token = client().headers["Authorization"].encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": f"{ROOT}/numbers",
        "raw_path": f"{ROOT}/numbers".encode(),
        "root_path": "",
        "query_string": b"format=ndjson",
        "headers": [(b"authorization", token), (b"host", b"testserver")],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
    }
    sent: list[int] = []

    async def ask() -> None:
        gone = anyio.Event()
        first = True

        async def receive() -> dict[str, Any]:
            nonlocal first
            if first:
                first = False
                return {"type": "http.request", "body": b"", "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(len(message.get("body", b"")))
            if len(sent) == 3:
                gone.set()
                await anyio.sleep(60)

        await server(scope, receive, send)

    anyio.run(ask)
    assert len(sent) == 3
    assert max(sent) < 300_000
    with inventory() as db:
        busy = text("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'")
        assert db.execute(busy).scalar() == 0
    assert client().get(f"/numbers?prefix={ELSEWHERE.replace('+', '%2B')}").status_code == 200
