"""Whatever an answer holds, it is a list, or an error of the tree; and memory stays bounded."""

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.arm import COLUMNS, ArmError, ArmSettings, NumberRules
from include.arm.listing import Listing
from include.arm.numbers import assign_hierarchy, normalise
from include.arm.pages import Decoder
from include.arm.records import frames

PAGINGS = ("none", "page", "offset", "cursor")
RULES = NumberRules(country_code="44", extension_lengths=(3, 5))

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.sampled_from(["+442079460123", "1000@10.8.5.71", "\x00", "\ud800", "9" * 400, ""]),
)
ANYTHING = st.recursive(
    SCALARS, lambda some: st.lists(some) | st.dictionaries(st.text(), some), max_leaves=20
)
USERS = st.fixed_dictionaries(
    {"aor": SCALARS}, optional=dict.fromkeys([name for name in COLUMNS if name != "aor"], ANYTHING)
)
ANSWERS = st.fixed_dictionaries(
    {"registeredUsers": st.lists(USERS | ANYTHING, max_size=5)},
    optional={"total": ANYTHING | st.integers(0, 5), "nextCursor": ANYTHING, "more": ANYTHING},
)


def arm(paging: str, **changes: Any) -> ArmSettings:
    known = {"host": "arm", "login": "a", "password": "b", "paging": paging, "concurrency": 1}
    return ArmSettings(**{**known, **changes})


def taken(body: bytes, paging: str, **changes: Any) -> int:
    """How many rows the whole way from text to numbers makes of this answer, given for ever."""
    listing = Listing(arm(paging, **changes), lambda _: ("there", body), lambda: 0.0)
    return listing.read(
        lambda pages: sum(
            len(assign_hierarchy(normalise(frame, RULES), RULES, "sys")) for frame in frames(pages)
        )
    )


def survives(body: bytes, paging: str, **changes: Any) -> None:
    try:
        rows = taken(body, paging, **changes)
    except ArmError:
        return
    # What is passed over need not even be text.
    assert rows == len(json.loads(body.decode(errors="replace"))["registeredUsers"])


@pytest.mark.parametrize("paging", PAGINGS)
@given(body=st.binary(max_size=200))
def test_bytes(paging: str, body: bytes) -> None:
    survives(body, paging)


@settings(max_examples=300)
@given(answer=ANSWERS | ANYTHING, paging=st.sampled_from(PAGINGS))
def test_json_of_any_types(answer: object, paging: str) -> None:
    survives(json.dumps(answer).encode(), paging)


WHOLE = json.dumps(
    {
        "total": 2,
        "nextCursor": None,
        "registeredUsers": [
            {"id": 1, "aor": "+442079460123", "active": True, "expires": 180, "nodeName": "N"},
            {"id": "2", "aor": "1000@10.8.5.71", "contact": "<sip:1000@10.8.5.71:5060>"},
        ],
    }
).encode()


@settings(max_examples=400)
@given(
    start=st.integers(0, len(WHOLE)),
    length=st.integers(0, 20),
    instead=st.binary(max_size=8) | st.sampled_from([b'"', b"{", b"]", b"\\", b"\xff", b"null"]),
    paging=st.sampled_from(PAGINGS),
)
def test_a_whole_answer_with_a_part_of_it_replaced(
    start: int, length: int, instead: bytes, paging: str
) -> None:
    survives(WHOLE[:start] + instead + WHOLE[start + length :], paging)


@given(cut=st.integers(0, len(WHOLE) - 1), paging=st.sampled_from(PAGINGS))
def test_half_an_answer_is_never_a_list(cut: int, paging: str) -> None:
    with pytest.raises(ArmError):
        taken(WHOLE[:cut], paging)


@given(value=ANYTHING, column=st.sampled_from(COLUMNS))
def test_a_row_is_compared_by_what_it_is_kept_by(value: object, column: str) -> None:
    body = json.dumps({"total": 1, "registeredUsers": [{"aor": "1", column: value}]}).encode()
    kept, compared = Decoder(arm("none")), Decoder(arm("none"), only_compared=True)
    try:
        page = kept.page(body, "there")
    except ArmError:
        return
    again = compared.page(body, "there")
    assert page.contents.tolist() == again.contents.tolist()
    assert page.identities.tolist() == again.identities.tolist()


MIB = 1 << 20
HOSTILE = {
    "deep": '{"more":' + "[" * MIB,
    "empty objects": '{"total":1,"registeredUsers":[' + "{}," * (MIB // 3) + "{}]}",
    "small rows": '{"total":1,"registeredUsers":[' + '{"aor":1},' * (MIB // 10) + '{"aor":1}]}',
    "a long text": '{"total":1,"registeredUsers":[{"aor":"' + "x" * MIB + '"}]}',
    "a long number": '{"total":1,"registeredUsers":[{"aor":' + "9" * MIB + "}]}",
    "many keys": "{" + ",".join(f'"{key}":0' for key in range(MIB // 12)) + "}",
    "escapes": '{"total":1,"registeredUsers":[{"aor":"' + "\\u0000" * (MIB // 6) + '"}]}',
}
PEAK = """
import resource, sys
from tests.unit.test_arm_fuzz import HOSTILE, survives
body = HOSTILE[sys.argv[1]].encode()
survives(b"{}", "none")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    survives(body, "none")
except AssertionError:
    pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.parametrize("kind", HOSTILE)
def test_an_answer_of_a_mebibyte_takes_a_bounded_multiple_of_it(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PEAK, kind], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 64
