"""Columns of numbers, against `phonenumbers` itself, which takes them one by one."""

import re
import subprocess
import sys

import pandas as pd
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from include.arm import NumberRules
from include.arm.dialling import country, possible
from include.arm.numbers import normalise

# The first number of a process waits for the metadata of all countries.
WITHOUT_DEADLINE = settings(deadline=None)

REGIONS = ("US", "GB", "DE", "IT", "FR", "BR", "RU", "AU", "JP")
CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
SOME_CODES = st.sampled_from([phonenumbers.country_code_for_region(one) for one in REGIONS])
ANY_CODE = st.sampled_from(CODES)
DIGITS = st.text("0123456789", min_size=1, max_size=15)
POSSIBLE = phonenumbers.ValidationResult.IS_POSSIBLE


def region(code: int) -> str:
    return phonenumbers.region_code_for_country_code(code)


def national_prefix(code: int) -> str | None:
    return phonenumbers.ndd_prefix_for_region(region(code), False)


def is_possible(number: str) -> bool:
    """What phonenumbers says of `+` and digits, taken as they are: a zero after the code is one."""
    try:
        code = phonenumbers.parse(number).country_code
    except phonenumbers.NumberParseException:
        return False
    digits = number[1 + len(str(code)) :]
    zeros = len(digits) - len(str(int(digits)))
    taken = phonenumbers.PhoneNumber(code, int(digits), None, zeros > 0, zeros)
    wrong_zero = zeros > 0 and national_prefix(code) == "0"
    fits = len(number) <= 16 and not wrong_zero
    return fits and phonenumbers.is_possible_number_with_reason(taken) == POSSIBLE


def dialled(digits: str, code: int) -> str | None:
    """What digits without a plus mean in a country, worked out the slow way."""
    home = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region(code))
    abroad = re.match(home.international_prefix or "00", digits)
    ways = [("+", digits[abroad.end() :])] if abroad else []
    for prefix in filter(None, (str(code), national_prefix(code))):
        ways += [(f"+{code}", digits[len(prefix) :])] * digits.startswith(prefix)
    for plus, rest in ways:
        if is_possible(plus + rest):
            return plus + rest
    return digits if len(digits) <= 15 else None


def example(code: int) -> str:
    """The national number that phonenumbers gives as an example."""
    if region(code) == "001":
        found = phonenumbers.example_number_for_non_geo_entity(code)
    else:
        found = phonenumbers.example_number(region(code))
    return phonenumbers.national_significant_number(found)


@pytest.mark.parametrize("code", CODES)
def test_every_countrys_example_is_possible_however_it_is_dialled(code: int) -> None:
    national, prefix = example(code), national_prefix(code)
    number = f"+{code}{national}"
    assert possible(pa.array([number])).tolist() == [True]
    aors = [number, number[1:], f"00{number[1:]}", f"{prefix or code}{national}"]
    rules = NumberRules(country_code=str(code), international_prefix="00")
    table = normalise(pd.DataFrame({"aor": aors}), rules)
    assert set(table["internal_number"]) == {number}
    bare = normalise(
        pd.DataFrame({"aor": [national]}), rules.model_copy(update={"national_prefix": ""})
    )
    assert bare["internal_number"].tolist() == [number]


@pytest.mark.parametrize("code", CODES)
def test_the_patterns_of_every_country_are_known_to_arrow(code: int) -> None:
    home = country(str(code))
    for pattern in (home.number, home.international_prefix):
        pc.match_substring_regex(pa.array(["1"]), pattern)
        assert re.compile(pattern).groups == 0


@WITHOUT_DEADLINE
@given(st.lists(st.tuples(SOME_CODES | ANY_CODE, DIGITS).map(lambda one: f"+{one[0]}{one[1]}")))
def test_what_is_possible_is_what_phonenumbers_calls_so(numbers: list[str]) -> None:
    found = possible(pa.array(numbers, pa.string())).tolist()
    assert found == [is_possible(number) for number in numbers]


@WITHOUT_DEADLINE
@given(st.data(), SOME_CODES | ANY_CODE)
def test_columns_are_read_as_phonenumbers_reads_row_by_row(data: st.DataObject, code: int) -> None:
    starts = st.sampled_from(["", "0", "00", "011", "0011", "810", "010", "1", "8", str(code)])
    codes = st.sampled_from(["", str(code), "44", "1", "39"])
    aors = data.draw(st.lists(st.tuples(starts, codes, DIGITS).map("".join), min_size=1))
    table = normalise(pd.DataFrame({"aor": aors}), NumberRules(country_code=str(code)))
    numbers = [None if pd.isna(number) else number for number in table["internal_number"]]
    assert numbers == [dialled(aor, code) for aor in aors]


def test_a_code_that_no_country_has_is_refused() -> None:
    with pytest.raises(ValidationError, match="no country has the code 999"):
        NumberRules(country_code="999")
    with pytest.raises(ValueError, match="no country has the code 999"):
        country("999")


def test_a_national_prefix_may_be_empty_but_needs_a_country() -> None:
    assert NumberRules(country_code="39", national_prefix="").national_prefix == ""
    with pytest.raises(ValidationError, match="national_prefix needs country_code"):
        NumberRules(national_prefix="")


def test_rules_without_a_country_do_not_load_phonenumbers() -> None:
    script = (
        "import sys; from include.arm import NumberRules; NumberRules(extension_lengths=(3, 5));"
        "print('phonenumbers' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
