"""What is guessed of an unknown API by one of its answers."""

from typing import Any

import pytest

from include.arm.probe import guesses

ROW = {"aor": "1001"}


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ([ROW], "none"),
        ([], "none"),
        ({"users": [ROW]}, "users"),
        ({"data": {"page": {"users": [ROW]}}}, "data.page.users"),
        ({"links": [{"rel": "next"}], "users": [ROW]}, "users"),
        ({"warnings": [], "users": [ROW]}, "users"),
        ({"users": []}, "users"),
        ({"names": ["Sue"]}, None),
        ({"a.b": [ROW]}, None),
        ({"error": "no"}, None),
        ("text", None),
    ],
)
def test_where_the_list_is(document: Any, key: str | None) -> None:
    assert guesses.list_key(document) == key


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"total": 7}, "total"),
        ({"paging": {"totalElements": "70"}, "count": 5}, "paging.totalElements"),
        ({"count": 9, "limit": 100, "offset": 50}, "count"),
        ({"total": 3, "count": 9}, "count"),
        ({"totalPages": 90, "pageSize": 100}, "none"),
        ({"version": 17}, "none"),
        ({"total": True}, "none"),
        ([ROW], "none"),
    ],
)
def test_where_the_total_of_at_least_five_rows_is(document: Any, key: str) -> None:
    assert guesses.total_key(document, 5) == key


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"next_cursor": "abc"}, "next_cursor"),
        ({"paging": {"next": None}}, "paging.next"),
        ({"next": "https://arm/users?page=2"}, None),
        ({"next": None, "continuationToken": "abc"}, "continuationToken"),
        ({"hasNext": True}, None),
        ({"total": 1}, None),
    ],
)
def test_where_the_cursor_is(document: Any, key: str | None) -> None:
    assert guesses.cursor_key(document) == key


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"token": "abcdefgh"}, "token"),
        ({"data": {"jwt": "abc.def.ghi"}}, "data.jwt"),
        ({"refresh_token": "abcdefghij", "access_token": "abcdefgh"}, "access_token"),
        ({"tokenType": "BearerBearer"}, None),
        ({"token": "two words"}, None),
        ({"status": "authenticated"}, None),
        (["abcdefgh"], None),
    ],
)
def test_where_the_token_is(document: Any, key: str | None) -> None:
    assert guesses.login_answer_key(document) == key


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("required: userName and passWord", ("userName", "passWord")),
        ('{"errors": [{"field": "login"}, {"field": "pwd"}]}', ("login", "pwd")),
        ("password is missing", None),
        ("user or username? password!", None),
        ("<html>", None),
    ],
)
def test_what_a_login_calls_user_and_password(said: str, keys: tuple[str, str] | None) -> None:
    told = dict(zip(("login_name_key", "login_pass_key"), keys or (), strict=False))
    assert guesses.login_keys(said) == told


@pytest.mark.parametrize(
    ("document", "settings"),
    [
        (
            {"skip": 0, "top": 50},
            {"paging": "offset", "offset_parameter": "skip", "limit_parameter": "top"},
        ),
        (
            {"page": {"number": 1, "size": 20}, "pageNumber": 0, "pageSize": 20},
            {
                "paging": "page",
                "page_parameter": "pageNumber",
                "page_size_parameter": "size",
                "first_page": 0,
            },
        ),
        ({"nextMarker": "abc"}, {"paging": "cursor", "cursor_key": "nextMarker"}),
        ({"total": 7}, {}),
    ],
)
def test_how_an_answer_says_that_it_pages(document: Any, settings: dict[str, Any]) -> None:
    assert guesses.paging(document) == settings


@pytest.mark.parametrize(
    ("record", "given", "found"),
    [
        ({"AOR": "1001"}, {}, {"aor": "AOR"}),
        ({"sip_uri": "sip:1@a"}, {}, {"aor": "sip_uri"}),
        ({"colour": "red", "line": "sip:1001@a.example"}, {}, {"aor": "line"}),
        ({"name": "Sue", "line": "+442079460123"}, {}, {"aor": "line"}),
        ({"aor": "1", "Node-Name": "SBC"}, {}, {"nodeName": "Node-Name"}),
        ({"aor": "1", "node": {"name": "SBC"}}, {}, {}),
        ({"aor": "1", "registered": "since noon"}, {}, {}),
        (
            {"aor": "1", "registered": "true", "ttl": "180"},
            {},
            {"active": "registered", "expires": "ttl"},
        ),
        ({"who": "1", "node": "a"}, {"aor": "who"}, {"nodeName": "node"}),
        ({"aor": "1", "node": "a", "sbc": "b"}, {"nodeName": "sbc"}, {}),
        ({"colour": "red"}, {}, {}),
    ],
)
def test_what_fields_may_be_called(record: Any, given: Any, found: dict[str, str]) -> None:
    assert guesses.fields([record], given) == found
