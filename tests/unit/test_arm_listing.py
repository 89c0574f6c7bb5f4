"""A list that changes while it is read: what is handed out was the list at some moment."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.arm import ArmSettings, AuthenticationFailed, Forbidden, Incomplete
from include.arm.client import ArmClient, Listing
from include.arm.listing import AHEAD_PAGES, TRIES
from include.arm.pages import Page
from tests.fake_arm import Answer, Clock, FakeServer, Serve, rows, session

Change = tuple[str, int]
"""("insert" or "delete", where: counted through the list, over and over)."""


@dataclass
class MovingArm:
    """Before each request some changes happen; every list that there was is remembered."""

    size: int
    changes: list[list[Change]]
    most: int = 100
    asked: int = 0
    listed: list[int] = field(default_factory=list)
    moments: set[frozenset[int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.listed = list(range(self.size))
        self._next = self.size
        self._lock = threading.Lock()
        self._remember()

    def _remember(self) -> None:
        self.moments.add(frozenset(self.listed))

    def _change(self) -> None:
        for kind, where in self.changes[self.asked] if self.asked < len(self.changes) else []:
            if kind == "insert":
                self.listed.insert(where % (len(self.listed) + 1), self._next)
                self._next += 1
            elif self.listed:
                del self.listed[where % len(self.listed)]
            self._remember()
        self.asked += 1

    def __call__(self, request: requests.PreparedRequest) -> Answer:
        with self._lock:
            self._change()
            return self._answer(dict(parse_qsl(urlsplit(request.url or "").query)))

    def _answer(self, query: dict[str, str]) -> Answer:
        size = min(int(query.get("limit") or query.get("pageSize") or self.most), self.most)
        if "cursor" in query:  # the place of the last one, by its number: keyset paging
            self.listed.sort()
            start = sum(user <= int(query["cursor"]) for user in self.listed)
        else:
            start = int(query.get("offset", 0)) + (int(query.get("page", 1)) - 1) * size
        page = self.listed[start : start + size]
        more = page and start + size < len(self.listed)
        content = {
            "total": len(self.listed),
            "nextCursor": str(page[-1]) if more else None,
            "registeredUsers": [{"id": user, "aor": f"+44207946{user:04}"} for user in page],
        }
        return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()


def listing(arm: MovingArm, *, concurrency: int = 2, **changes: Any) -> Listing:
    """What reads it, with Basic; more than two at once are for a login, which it has not."""
    known = ArmSettings(**{"host": "arm", "login": "a", "password": "b", "page_size": 3, **changes})
    known = known.model_copy(update={"concurrency": concurrency})
    clock = Clock()
    client = ArmClient(known, session=session(FakeServer(arm)), clock=clock, sleep=clock.sleep)
    return client.registered_users()


def ids(pages: Iterator[Page]) -> list[int]:
    return [row["id"] for row in rows(pages)]


CHANGE = st.tuples(st.sampled_from(["insert", "delete"]), st.integers(0, 30))
CHANGES = st.lists(st.lists(CHANGE, max_size=3), max_size=14)
PAGED = st.sampled_from(["page", "offset", "cursor"])


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    size=st.integers(0, 12),
    changes=CHANGES,
    paging=PAGED,
    concurrency=st.integers(1, 3),
    page_size=st.integers(1, 5),
)
def test_a_list_was_true_at_some_moment_or_is_an_error(
    size: int, changes: list[list[Change]], paging: str, concurrency: int, page_size: int
) -> None:
    arm = MovingArm(size, changes)
    users = listing(arm, paging=paging, concurrency=concurrency, page_size=page_size)
    try:
        found = users.read(ids)
    except Incomplete:
        return
    assert frozenset(found) in arm.moments
    assert len(found) - users.evidence.duplicates == users.evidence.total == len(set(found))


def test_one_pass_does_not_tell_that_one_left_and_another_came() -> None:
    """Why a list is read twice: the totals of this one agree, and user 3 was never absent."""
    one_left_one_came = [[], [("delete", 0), ("insert", 99)]]
    arm = MovingArm(6, one_left_one_came)
    found = listing(arm, confirm="when_moved", concurrency=1).read(ids)
    assert 3 not in found
    assert all(3 in moment for moment in arm.moments)


def test_a_list_of_several_pages_is_read_twice_before_it_is_believed() -> None:
    arm = MovingArm(7, [])
    users = listing(arm)
    assert users.read(ids) == list(range(7))
    assert (users.evidence.passes, users.evidence.pages, arm.asked) == (2, 3, 6)


@pytest.mark.parametrize("changes", [{"paging": "none"}, {"page_size": 10}])
def test_a_single_answer_is_of_one_moment(changes: dict[str, Any]) -> None:
    arm = MovingArm(7, [])
    users = listing(arm, **changes)
    assert users.read(ids) == list(range(7))
    assert (users.evidence.passes, arm.asked) == (1, 1)


def test_a_list_that_moved_is_read_anew_and_what_came_before_is_dropped() -> None:
    arm = MovingArm(6, [[], [("delete", 0), ("insert", 99)]])
    kept: list[list[int]] = []

    def keep(pages: Iterator[Page]) -> list[int]:
        kept.append([])
        for page in pages:
            kept[-1] += page.columns["id"]  # type: ignore[arg-type]
        return kept[-1]

    users = listing(arm, concurrency=1)
    assert set(users.read(keep)) == set(arm.listed)
    assert len(kept) == 2


def test_a_list_that_held_still_for_two_passes_needs_no_third() -> None:
    # The change comes in the first pass; the second and the third agree.
    arm = MovingArm(6, [[], [("delete", 0), ("insert", 99)]])
    users = listing(arm, concurrency=1)
    users.read(ids)
    assert users.evidence.passes == 3


def told(rows_: list[dict[str, Any]], **more: Any) -> Answer:
    content = {"total": len(rows_), "registeredUsers": rows_, **more}
    return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()


def paged(lists: Iterator[list[dict[str, Any]]], most: int = 100) -> Serve:
    """The next list each time that its beginning is asked for; pages by offset."""
    now: list[dict[str, Any]] = []

    def serve(request: requests.PreparedRequest) -> Answer:
        query = dict(parse_qsl(urlsplit(request.url or "").query))
        start = int(query["offset"])
        if not start:
            now[:] = next(lists)
        size = min(int(query["limit"]), most)
        return told(now[start : start + size], total=len(now))

    return serve


def read_from(serve: Serve, **changes: Any) -> tuple[list[dict[str, Any]], Listing, FakeServer]:
    server, clock = FakeServer(serve), Clock()
    known = {"host": "arm", "login": "a", "password": "b", "page_size": 2, "concurrency": 1}
    client = ArmClient(
        ArmSettings(**{**known, **changes}), session=session(server), clock=clock, sleep=clock.sleep
    )
    users = client.registered_users()
    return users.read(rows), users, server


@pytest.mark.parametrize(
    "change",
    [
        {"aor": "2000"},
        {"active": False},
        {"nodeName": "N2"},
        {"ipGroup": "G2"},
        {"host": "other"},
    ],
    ids=str,
)
def test_a_row_that_is_told_otherwise_the_second_time_makes_it_another_list(
    change: dict[str, Any],
) -> None:
    first = [{"id": n, "aor": f"100{n}", "active": True, "nodeName": "N"} for n in range(3)]
    then = [{**first[0], **change}, *first[1:]]
    found, users, _ = read_from(paged(iter([first, *[then] * 9])))
    assert found == then
    assert users.evidence.passes == 3


def test_what_counts_down_or_moves_about_does_not() -> None:
    first = [{"id": n, "aor": f"100{n}", "expires": 60, "contact": "a"} for n in range(3)]
    then = [{**row, "expires": 50, "contact": "b"} for row in first]
    _, users, _ = read_from(paged(iter([first, *[then] * 9])))
    assert users.evidence.passes == 2


def test_a_skipped_user_is_not_hidden_by_an_id_that_comes_as_text_too() -> None:
    ids_ = [0, 1, 2, "2", 4]
    users = [{"id": user, "aor": f"100{user}"} for user in ids_]
    with pytest.raises(Incomplete, match="4 different"):
        read_from(paged(iter([users] * 99)))


def test_ids_whose_hashes_meet_are_different() -> None:
    users = [{"id": user, "aor": f"100{user}"} for user in (-1, -2, -3)]
    assert len(read_from(paged(iter([users] * 99)))[0]) == 3


@pytest.mark.parametrize("confirm", ["always", "when_moved"])
def test_pages_of_uneven_length_are_read_one_after_another(confirm: str) -> None:
    everyone = [{"id": n, "aor": f"10{n:02}"} for n in range(20)]
    sizes = {0: 4}

    def serve(request: requests.PreparedRequest) -> Answer:
        query = dict(parse_qsl(urlsplit(request.url or "").query))
        start = int(query["offset"])
        return told(everyone[start : start + sizes.get(start, 3)], total=20)

    found, users, _ = read_from(serve, page_size=4, confirm=confirm, concurrency=2)
    assert found == everyone
    assert users.evidence.passes == 3  # one ahead that missed some, then two careful ones


def test_a_list_that_moved_is_confirmed_also_where_it_is_else_believed() -> None:
    calm = [{"id": n, "aor": f"100{n}"} for n in range(3)]
    lists = iter([[*calm[:2], {"id": 9, "aor": "1009"}], *[calm] * 9])
    moved = {"done": False}

    def serve(request: requests.PreparedRequest) -> Answer:
        status, headers, body = serving(request)  # type: ignore[misc]
        if not moved["done"] and b"1009" in body:
            moved["done"] = True
            return told([{"id": 9, "aor": "1009"}], total=4)
        return status, headers, body

    serving = paged(lists)
    _, users, _ = read_from(serve, confirm="when_moved")
    assert users.evidence.passes == 3


def test_a_total_that_is_of_the_page_alone_does_not_end_the_list() -> None:
    everyone = [{"id": n, "aor": f"10{n:02}"} for n in range(10)]

    def serve(request: requests.PreparedRequest) -> Answer:
        query = dict(parse_qsl(urlsplit(request.url or "").query))
        start = int(query["offset"])
        return told(everyone[start : start + 4])

    with pytest.raises(Incomplete, match="set total_key to none"):
        read_from(serve, page_size=4)


def test_a_list_of_just_one_page_is_one() -> None:
    everyone = [{"id": n, "aor": f"10{n:02}"} for n in range(4)]
    found, _, server = read_from(paged(iter([everyone] * 9)), page_size=4)
    assert found == everyone
    assert len(server.asked) == 4  # an empty page proves it, and a second pass


@pytest.mark.parametrize("authentication", ["basic", "login"])
def test_an_error_leaves_nothing_under_way(authentication: str) -> None:
    """The third page is refused; of those that were to follow it, hardly one is asked for."""
    release = threading.Event()

    def serve(request: requests.PreparedRequest) -> Answer:
        if request.method == "POST":
            return told([], token="t")
        start = int(dict(parse_qsl(urlsplit(request.url or "").query))["offset"])
        if start == 4:
            return 403, {}, b""
        if start > 4:
            release.wait(0.2)
        return told([{"id": start, "aor": "1"}, {"id": start + 1, "aor": "2"}], total=200)

    server = FakeServer(serve)
    known = ArmSettings(
        host="arm",
        login="a",
        password="b",
        page_size=2,
        authentication=authentication,  # type: ignore[arg-type]
    )
    with pytest.raises(Forbidden), ArmClient(known, session=session(server)) as client:
        client.registered_users().read(rows)
    release.set()
    before = threading.active_count()
    threading.Event().wait(0.3)
    assert not [each for each in threading.enumerate() if each.name.startswith("arm")], before
    assert len(server.asked) <= 3 + 2 * 2 + 1


def test_a_list_that_never_holds_still_is_given_up() -> None:
    restless: list[list[Change]] = [[("delete", 0), ("insert", 99)]] * 100
    arm = MovingArm(6, restless)
    with pytest.raises(Incomplete, match="changed while it was read"):
        listing(arm).read(ids)
    assert arm.asked <= 2 * TRIES * 4


def test_pages_come_in_order_however_many_are_asked_for_at_once() -> None:
    arm = MovingArm(100, [], most=7)
    assert listing(arm, page_size=10, concurrency=5).read(ids) == list(range(100))


def test_at_most_as_many_are_asked_for_at_once_as_may_be() -> None:
    arm, now, most = MovingArm(60, []), [0], [0]
    lock = threading.Lock()

    def serve(request: requests.PreparedRequest) -> Answer:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.02)
        with lock:
            now[0] -= 1
        return arm(request)

    users = ArmClient(
        ArmSettings(host="arm", login="a", password="b", page_size=3),
        session=session(FakeServer(serve)),
    ).registered_users()
    assert len(users.read(ids)) == 60
    assert most == [2]


def test_pages_that_nobody_takes_are_not_hoarded() -> None:
    arm = MovingArm(300, [])

    def take_one(pages: Iterator[Page]) -> None:
        next(pages)
        threading.Event().wait(0.1)

    listing(arm, concurrency=2).read(take_one)
    assert arm.asked <= 1 + AHEAD_PAGES


def test_a_password_that_is_changed_meanwhile_is_refused_twice_at_most() -> None:
    """Devices lock a login out after three."""

    def serve(request: requests.PreparedRequest) -> Answer:
        start = int(dict(parse_qsl(urlsplit(request.url or "").query))["offset"])
        if start >= 8:
            return 401, {}, b""
        return told([{"id": start, "aor": "1"}, {"id": start + 1, "aor": "2"}], total=200)

    server = FakeServer(serve)
    known = ArmSettings(host="arm", login="a", password="b", page_size=2)

    def slowly(pages: Iterator[Page]) -> None:
        for _ in pages:
            threading.Event().wait(0.05)

    with pytest.raises(AuthenticationFailed), ArmClient(known, session=session(server)) as client:
        client.registered_users().read(slowly)
    refused = [
        one for one in server.asked if int(str(one.url).split("offset=")[1].split("&")[0]) >= 8
    ]
    assert len(refused) <= 2


def test_who_waits_to_ask_again_is_woken_by_the_end() -> None:
    def serve(request: requests.PreparedRequest) -> Answer:
        start = int(dict(parse_qsl(urlsplit(request.url or "").query))["offset"])
        if start == 2:
            threading.Event().wait(0.2)
            return 403, {}, b""
        if start > 2:
            return 503, {"Retry-After": "30"}, b""
        return told([{"id": 0, "aor": "1"}, {"id": 1, "aor": "2"}], total=200)

    known = ArmSettings(host="arm", login="a", password="b", page_size=2)
    server = FakeServer(serve)
    with pytest.raises(Forbidden), ArmClient(known, session=session(server)) as client:
        client.registered_users().read(rows)
    waiting = [each for each in threading.enumerate() if each.name.startswith("arm")]
    for each in waiting:
        each.join(5)
    assert not any(each.is_alive() for each in waiting)
