"""From the address of record to the internal number, and to the site that it belongs to."""

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.arm import NumberRules, SiteRule
from include.arm.numbers import assign_hierarchy, normalise
from include.arm.records import COLUMNS, frame

LONDON = NumberRules(country_code="44", national_prefix="0")
NUMBER = re.compile(r"\+[1-9][0-9]{1,14}|[0-9*#]{1,15}")


def normalised(aor: str, rules: NumberRules = LONDON) -> tuple[str | None, str | None]:
    row = normalise(frame([{"aor": aor}]), rules).iloc[0]
    return tuple(None if pd.isna(row[key]) else row[key] for key in ("internal_number", "rejected"))


@pytest.mark.parametrize(
    ("aor", "number"),
    [
        ("+442079460123", "+442079460123"),
        ("00442079460123", "+442079460123"),
        ("442079460123", "+442079460123"),
        ("02079460123", "+442079460123"),
        ("+442079460123@10.8.5.71", "+442079460123"),
        ("02079460123@sbc.example.com:5061", "+442079460123"),
        ("sip:+442079460123@host;user=phone", "+442079460123"),
        ("sips:+442079460123@host", "+442079460123"),
        ("SIP:+442079460123@host", "+442079460123"),
        ("Sips:1000@host", "1000"),
        ("sip:+442079460123;npdi@host:5060;transport=tls?subject=x", "+442079460123"),
        ("sip:1000:secret@host", "1000"),
        ("sip:1000", "1000"),
        ("tel:+44-20-7946-0123", "+442079460123"),
        ("TEL:+44.(20).79460123;phone-context=+44", "+442079460123"),
        ("tel:020-7946-0123", "+442079460123"),
        ("%2B442079460123@host", "+442079460123"),
        ("sip:%2b44%32079460123@host", "+442079460123"),
        ("%2A21%23", "*21#"),
        ('"Sue" <sip:1000@h>', "1000"),
        ('"Sue <a> \\"b\\" @" <sip:1000@h>;expires=60', "1000"),
        ("Sue Smith <sip:1000@h>", "1000"),
        ("Zoë <sip:1000@h>", "1000"),
        ("<sip:1000@h:5060;transport=tls>", "1000"),
        ("<1000>", "1000"),
        ("1000@10.8.5.71", "1000"),
        ("1000@[2001:db8::1]:5060", "1000"),
        ("sip:1000@[2001:db8::1]", "1000"),
        (" 1000 ", "1000"),
        ("007", "007"),
        ("*21#", "*21#"),
        ("1", "1"),
        ("+12", "+12"),
        ("+123456789012345", "+123456789012345"),
        ("123456789012345", "123456789012345"),
    ],
)
def test_an_address_has_a_number(aor: str, number: str) -> None:
    assert normalised(aor) == (number, None)


@pytest.mark.parametrize(
    ("aor", "reason"),
    [
        ("Sue", "a name, not a number"),
        ("sue@10.8.5.71", "a name, not a number"),
        ("sip:1000x@host", "a name, not a number"),
        ("Зоя", "a name, not a number"),
        ("@10.8.5.71", "no user part"),
        ("sip:@host", "no user part"),
        ("sip:", "no user part"),
        ("<>", "no user part"),
        ("   ", "no user part"),
        ("+1234567890123456", "more than 15 digits"),
        ("1234567890123456", "more than 15 digits"),
        ("0044123456789012345", "more than 15 digits"),
        ("+0123456", "not an international number"),
        ("+", "not an international number"),
        ("+4", "not an international number"),
        ("+44*21", "characters that no number has"),
        ("++4420", "characters that no number has"),
        ("10-00@host", "characters that no number has"),
        ("sip:+44-20-7946-0123@host", "characters that no number has"),
        ("10 00", "characters that no number has"),
        ("١٢٣", "characters that no number has"),
        ("1000%40evil@host", "a name, not a number"),
        ("1000\n", "a control character"),
        ("\t1000", "a control character"),
        ("10\x0000", "a control character"),
        ("10\x7f00@host", "a control character"),
        ("1000@ho\nst", "a control character"),
        ('"S\x00ue" <sip:1000@h>', "a control character"),
        ("10%0000@host", "a control character"),
        ("1000@a@b", "not a SIP or tel address"),
        ("1000:5060", "not a SIP or tel address"),
        ("http://1000@host", "a name, not a number"),
        ("<sip:1000@h", "not a SIP or tel address"),
        ('"Sue <sip:1000@h>', "not a SIP or tel address"),
        ("1000@", "not a SIP or tel address"),
    ],
    ids=repr,
)
def test_an_address_without_a_number_has_a_reason(aor: str, reason: str) -> None:
    assert normalised(aor) == (None, reason)


@pytest.mark.parametrize("aor", ["442079460123", "02079460123", "0123", "2079460123"])
def test_without_rules_digits_stay_as_they_are(aor: str) -> None:
    assert normalised(aor, NumberRules()) == (aor, None)


@pytest.mark.parametrize("aor", ["4412", "0012", "012345", "00123456", "44123456"])
def test_too_few_digits_behind_a_prefix_are_an_extension(aor: str) -> None:
    assert normalised(aor, LONDON) == (aor, None)


def test_the_way_to_dial_abroad_is_a_rule() -> None:
    boston = NumberRules(country_code="1", national_prefix="1", international_prefix="011")
    assert normalised("011442079460123", boston) == ("+442079460123", None)
    assert normalised("16175550123", boston) == ("+16175550123", None)


def test_digits_of_an_extensions_length_are_one_whatever_they_begin_with() -> None:
    rules = NumberRules(country_code="44", national_prefix="0", extension_lengths=(4, 11))
    assert normalised("02079460123", rules) == ("02079460123", None)
    assert normalised("442079460123", rules) == ("+442079460123", None)


@pytest.mark.parametrize("aor", ["10", "1234567", "*21"])
def test_other_digits_are_then_no_number(aor: str) -> None:
    rules = NumberRules(country_code="44", national_prefix="0", extension_lengths=(4, 6))
    assert normalised(aor, rules) == (None, "neither an extension nor a whole number by its length")


def test_all_rows_and_columns_are_kept_in_their_order() -> None:
    users = frame([{"aor": aor} for aor in ("Sue", "1000", "sip:1001@h", "%2B4420@h")])
    table = normalise(users, LONDON)
    assert tuple(table.columns) == (*COLUMNS, "internal_number", "rejected")
    assert table["aor"].tolist() == users["aor"].tolist()
    assert table["internal_number"].fillna("").tolist() == ["", "1000", "1001", "+4420"]
    assert table["rejected"].notna().tolist() == [True, False, False, False]


def test_rows_joined_from_several_pages_or_picked_are_normalised_in_place() -> None:
    pages = [frame([{"aor": "1000"}, {"aor": "Sue"}]), frame([{"aor": "1002"}])]
    table = normalise(pd.concat(pages).iloc[1:], LONDON)
    assert table["internal_number"].fillna("").tolist() == ["", "1002"]


def test_nobody_has_no_numbers() -> None:
    table = assign_hierarchy(normalise(frame([]), LONDON), LONDON, "sys")
    assert len(table) == 0
    assert {"internal_number", "rejected", "hierarchy"} <= set(table.columns)


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), min_size=1), min_size=1))
def test_every_text_is_a_number_or_has_a_reason(aors: list[str]) -> None:
    table = normalise(frame([{"aor": aor} for aor in aors]), LONDON)
    for number, rejected in zip(table["internal_number"], table["rejected"], strict=True):
        assert pd.isna(number) != pd.isna(rejected)
        assert pd.isna(number) or NUMBER.fullmatch(number)


@given(st.text(alphabet='0123456789+*#@:;<>%2B sip tel"[]-.\x00', min_size=1))
def test_a_number_stays_itself(aor: str) -> None:
    number, _ = normalised(aor)
    if number is not None:
        assert normalised(number) == (number, None)


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), st.sampled_from(["h", "[::1]:5060"]))
def test_all_spellings_of_a_number_are_one(number: str, host: str) -> None:
    spellings = [
        number,
        f"00{number[1:]}",
        f"{number}@{host}",
        f"sip:{number}@{host};user=phone",
        f'"A <b>" <SIPS:%2B{number[1:]}@{host}>',
        f"tel:{number[:4]}-{number[4:]}",
    ]
    table = normalise(frame([{"aor": spelling} for spelling in spellings]), LONDON)
    assert set(table["internal_number"]) == {number}


def hierarchies(rules: list[SiteRule], users: list[dict[str, object]]) -> list[str]:
    table = assign_hierarchy(frame(users), NumberRules(sites=tuple(rules)), "sys.acme")
    return list(table["hierarchy"])


USERS: list[dict[str, object]] = [
    {"aor": "1000@paris.example.com", "nodeName": "SBC-1", "ipGroup": "Users-LON"},
    {"aor": "1000", "host": "PARIS.example.com", "nodeName": "SBC-1", "ipGroup": "Users-PAR"},
    {"aor": "1000@[2001:DB8::1]:5060", "nodeName": "SBC-2"},
    {"aor": "1000@paris.example.com", "host": "rome.example.com"},
]


def test_without_a_rule_everybody_is_at_the_connections_hierarchy() -> None:
    assert hierarchies([], USERS) == ["sys.acme"] * 4


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ({"node": "SBC-1"}, [True, True, False, False]),
        ({"node": "sbc-1"}, [False, False, False, False]),
        ({"ip_group": "Users-PAR"}, [False, True, False, False]),
        ({"host": "paris.example.com"}, [True, True, False, False]),
        ({"host": "Paris.Example.COM"}, [True, True, False, False]),
        ({"host": "rome.example.com"}, [False, False, False, True]),
        ({"host": "2001:db8::1"}, [False, False, True, False]),
        ({"host": "[2001:db8::1]"}, [False, False, True, False]),
        ({"node": "SBC-1", "ip_group": "Users-LON"}, [True, False, False, False]),
        ({"node": "SBC-2", "ip_group": "Users-LON"}, [False, False, False, False]),
        ({"node": "SBC-9"}, [False, False, False, False]),
    ],
    ids=repr,
)
def test_a_site_has_the_users_that_match_all_its_keys(
    rule: dict[str, str], matches: list[bool]
) -> None:
    found = hierarchies([SiteRule(hierarchy="sys.acme.site", **rule)], USERS)
    assert found == ["sys.acme.site" if match else "sys.acme" for match in matches]


def test_the_first_rule_that_matches_wins() -> None:
    rules = [
        SiteRule(hierarchy="sys.acme.paris", ip_group="Users-PAR"),
        SiteRule(hierarchy="sys.acme.london", node="SBC-1"),
        SiteRule(hierarchy="sys.acme.rome", node="SBC-1"),
    ]
    expected = ["sys.acme.london", "sys.acme.paris", "sys.acme", "sys.acme"]
    assert hierarchies(rules, USERS) == expected
