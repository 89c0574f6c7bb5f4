"""From the address of record to the internal number, and to the site that it belongs to."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.arm import COLUMNS, NumberRules, SiteRule
from include.arm.numbers import assign_hierarchy, doubtful, normalise

# The first number of a process waits for the metadata of all countries.
WITHOUT_DEADLINE = settings(deadline=None)

LONDON = NumberRules(country_code="44")
RULES = (
    NumberRules(),
    LONDON,
    NumberRules(country_code="44", extension_lengths=(3, 5)),
    NumberRules(country_code="44", national_prefix="", extension_lengths=(4, 11)),
    NumberRules(country_code="1", national_prefix=""),
    NumberRules(country_code="39", national_prefix=""),
    NumberRules(country_code="49", international_prefix="900"),
    NumberRules(country_code="61"),
    NumberRules(country_code="7"),
)
NUMBER = re.compile(r"\+[1-9][0-9]{1,14}|[0-9*#]{1,15}")
NUMBER_PIECES = ["+", "44", "2079460123", "0", "00", "39", "1", "*", "#", "-", "(", ")", ".", " "]
ADDRESS_PIECES = ["sip:", "TEL:", '"Sue, S."', "<", ">", "@", "host", "[::1]", ":5060", ";", "?"]
ODD_PIECES = ["%2B", "%", "%00", '"', "\\", "\x00", "\n", "\u0085", "\u200b", "\u202e", "é"]
PIECES = st.sampled_from([*NUMBER_PIECES, *ADDRESS_PIECES, *ODD_PIECES, "\u0661", "\uff11"])
ADDRESSES = st.lists(PIECES, min_size=1, max_size=8).map("".join)
TEXTS = st.text(alphabet=st.characters(codec="utf-8"))


def frame(records: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    text = pd.ArrowDtype(pa.string())
    return pd.DataFrame(
        {name: pd.array([one.get(name) for one in records], dtype=text) for name in COLUMNS}
    )


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
        ("sip:+442079460123;ext=12@host", "+442079460123"),
        ("1000:secret@host", "1000"),
        ("tel:7042;phone-context=example.com", "7042"),
        ("tel:+44-20-7946-0123;phone-context=example.com", "+442079460123"),
        ('"Smith, Sue" <sip:1000@h>', "1000"),
        ("Smith, Sue <sip:1000@h>", "1000"),
        ("<sip:+442079460123@[2001:DB8::1]:5061>;q=0.5", "+442079460123"),
        ("**21#", "**21#"),
        ("007", "007"),
        ("*21#", "*21#"),
        ("1", "1"),
        ("+12", "+12"),
        ("+4402079460123", "+4402079460123"),
        ("+9991234567", "+9991234567"),
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
        ("١٢٣", "digits other than 0 to 9"),
        ("+44\uff12\uff1079460123", "digits other than 0 to 9"),
        ("sip:1²@host", "digits other than 0 to 9"),
        ("%EF%BC%91", "digits other than 0 to 9"),
        ("+442079460123\u200b", "an invisible character"),
        ("\u202e+442079460123", "an invisible character"),
        ("sip:\ufeff1000@host", "an invisible character"),
        ("%E2%80%8B1000", "an invisible character"),
        ("1000\u0085", "a control character"),
        ("\xa01000", "characters that no number has"),
        ("%FF", "characters that no number has"),
        ("1000%2", "characters that no number has"),
        ("%252B442079460123", "a name, not a number"),
        ("+*21#", "characters that no number has"),
        ("", "no user part"),
        ("1" * 10_000, "more than 15 digits"),
        ("a" * 10_000, "a name, not a number"),
        ("<" * 10_000, "not a SIP or tel address"),
        ('"' * 9_999 + "<1000>", "not a SIP or tel address"),
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
    ids=lambda value: repr(value)[:40],
)
def test_an_address_without_a_number_has_a_reason(aor: str, reason: str) -> None:
    assert normalised(aor) == (None, reason)


@pytest.mark.parametrize("aor", ["442079460123", "02079460123", "0123", "2079460123"])
def test_without_rules_digits_stay_as_they_are(aor: str) -> None:
    assert normalised(aor, NumberRules()) == (aor, None)


@pytest.mark.parametrize(
    "aor", ["4412", "0012", "012345", "00123456", "44123456", "4402079460123", "00"]
)
def test_digits_that_make_no_possible_number_are_an_extension(aor: str) -> None:
    assert normalised(aor, LONDON) == (aor, None)


@pytest.mark.parametrize(
    ("rules", "aor", "number"),
    [
        ({"country_code": "1"}, "011442079460123", "+442079460123"),
        ({"country_code": "1"}, "00442079460123", "00442079460123"),
        ({"country_code": "1"}, "16175550123", "+16175550123"),
        ({"country_code": "1"}, "6175550123", "6175550123"),
        ({"country_code": "1", "national_prefix": ""}, "6175550123", "+16175550123"),
        ({"country_code": "1", "national_prefix": ""}, "5550123", "5550123"),
        ({"country_code": "1", "national_prefix": "9"}, "96175550123", "+16175550123"),
        ({"country_code": "1", "international_prefix": "00"}, "00442079460123", "+442079460123"),
        ({"country_code": "7"}, "84951234567", "+74951234567"),
        ({"country_code": "7"}, "810442079460123", "+442079460123"),
        ({"country_code": "36"}, "0612345678", "+3612345678"),
        ({"country_code": "49"}, "03012345678", "+493012345678"),
        ({"country_code": "49"}, "4903012345678", "4903012345678"),
        ({"country_code": "61"}, "0011442079460123", "+442079460123"),
        ({"country_code": "39"}, "0612345678", "0612345678"),
        ({"country_code": "39"}, "390612345678", "+390612345678"),
        ({"country_code": "39", "national_prefix": ""}, "0612345678", "+390612345678"),
        ({"country_code": "39", "national_prefix": ""}, "3931234567", "+393931234567"),
        ({"country_code": "39", "national_prefix": ""}, "393931234567", "+393931234567"),
        ({"country_code": "39", "national_prefix": ""}, "390612345678", "+390612345678"),
        ({"country_code": "800"}, "0080012345678", "+80012345678"),
        ({}, "00442079460123", "+442079460123"),
        ({}, "0099912345678", "0099912345678"),
        ({"international_prefix": "011"}, "011442079460123", "+442079460123"),
    ],
    ids=str,
)
def test_what_is_dialled_is_as_the_country_or_the_rules_have_it(
    rules: dict[str, str], aor: str, number: str
) -> None:
    assert normalised(aor, NumberRules.model_validate(rules)) == (number, None)


def test_digits_of_an_extensions_length_are_one_whatever_they_begin_with() -> None:
    rules = NumberRules(country_code="44", extension_lengths=(4, 11))
    assert normalised("02079460123", rules) == ("02079460123", None)
    assert normalised("442079460123", rules) == ("+442079460123", None)


@pytest.mark.parametrize("aor", ["10", "1234567", "*21"])
def test_other_digits_are_then_no_number(aor: str) -> None:
    rules = NumberRules(country_code="44", extension_lengths=(4, 6))
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


def test_a_whole_number_that_no_country_can_have_is_one_and_doubtful() -> None:
    numbers = ["+442079460123", "+4402079460123", "+44207946", "+9991234567", "+12"]
    numbers += ["+39061234567", "+123456789012345", "02079460123", "*21#", "1"]
    doubts = doubtful(pa.array([*numbers, None])).to_pylist()
    assert [number for number, doubt in zip(numbers, doubts, strict=False) if doubt] == [
        "+4402079460123",
        "+44207946",
        "+9991234567",
        "+12",
        "+123456789012345",
    ]
    assert doubts[-1] is False


@WITHOUT_DEADLINE
@given(st.lists(TEXTS | ADDRESSES), st.sampled_from(RULES))
def test_every_text_is_a_number_or_has_a_reason(aors: list[str], rules: NumberRules) -> None:
    table = normalise(frame([{"aor": aor} for aor in aors]), rules)
    assert table["aor"].tolist() == aors
    for number, rejected in zip(table["internal_number"], table["rejected"], strict=True):
        assert pd.isna(number) != pd.isna(rejected)
        assert pd.isna(number) or NUMBER.fullmatch(number)


@WITHOUT_DEADLINE
@given(st.lists(ADDRESSES, min_size=1), st.sampled_from(RULES))
def test_an_address_is_read_the_same_alone_and_among_others(
    aors: list[str], rules: NumberRules
) -> None:
    table = normalise(frame([{"aor": aor} for aor in aors]), rules)
    both = zip(table["internal_number"], table["rejected"], strict=True)
    together = [tuple(None if pd.isna(value) else value for value in one) for one in both]
    assert together == [normalised(aor, rules) for aor in aors]


@WITHOUT_DEADLINE
@given(ADDRESSES | st.from_regex(r"[0-9*#]{1,16}", fullmatch=True), st.sampled_from(RULES))
def test_a_number_stays_itself(aor: str, rules: NumberRules) -> None:
    number, _ = normalised(aor, rules)
    if number is not None:
        assert normalised(number, rules) == (number, None)


@WITHOUT_DEADLINE
@given(
    st.from_regex(r"[12357][0-9]{9}", fullmatch=True).map(lambda digits: f"+44{digits}"),
    st.sampled_from(["h", "[::1]:5060"]),
)
def test_all_spellings_of_a_number_are_one(number: str, host: str) -> None:
    digits, national = number[1:], f"0{number[3:]}"
    spellings = [number, digits, f"00{digits}", national, f"%2B{digits}", f" {number} "]
    spellings += [f"{spelling}@{host}" for spelling in spellings[:5]]
    spellings += [
        f"sip:{national}@{host};user=phone",
        f"sip:{number};ext=12:secret@{host}?subject=x",
        f'"A, \\"<b>\\"" <SIPS:%2B{digits}@{host}>;expires=60',
        f"tel:{number[:4]}-({number[4:6]}).{number[6:]};phone-context=+44",
        "sip:" + "".join(f"%{ord(character):02x}" for character in number) + "@h",
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
    {"aor": '"a@b" <sip:1000@Oslo.example.com.:5060;x=y>'},
    {"aor": "1000", "host": "OSLO.example.com:5061"},
    {"aor": "1000", "host": "[2001:db8::2]:5060"},
    {"aor": "1000", "host": "2001:db8::2"},
    {"aor": "Sue"},
]


def test_without_a_rule_everybody_is_at_the_connections_hierarchy() -> None:
    assert hierarchies([], USERS) == ["sys.acme"] * len(USERS)


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ({"node": "SBC-1"}, [0, 1]),
        ({"node": "sbc-1"}, []),
        ({"ip_group": "Users-PAR"}, [1]),
        ({"host": "paris.example.com"}, [0, 1]),
        ({"host": "Paris.Example.COM."}, [0, 1]),
        ({"host": "rome.example.com"}, [3]),
        ({"host": "oslo.example.com"}, [4, 5]),
        ({"host": "2001:db8::1"}, [2]),
        ({"host": "[2001:db8::1]"}, [2]),
        ({"host": "2001:DB8::2"}, [6, 7]),
        ({"host": "b"}, []),
        ({"node": "SBC-1", "ip_group": "Users-LON"}, [0]),
        ({"node": "SBC-2", "ip_group": "Users-LON"}, []),
        ({"node": "SBC-9"}, []),
    ],
    ids=repr,
)
def test_a_site_has_the_users_that_match_all_its_keys(
    rule: dict[str, str], matches: list[int]
) -> None:
    found = hierarchies([SiteRule(hierarchy="sys.acme.site", **rule)], USERS)
    assert [index for index, one in enumerate(found) if one == "sys.acme.site"] == matches


def test_the_first_rule_that_matches_wins() -> None:
    rules = [
        SiteRule(hierarchy="sys.acme.paris", ip_group="Users-PAR"),
        SiteRule(hierarchy="sys.acme.london", node="SBC-1"),
        SiteRule(hierarchy="sys.acme.rome", node="SBC-1"),
    ]
    expected = ["sys.acme.london", "sys.acme.paris", "sys.acme", "sys.acme"]
    assert hierarchies(rules, USERS[:4]) == expected
