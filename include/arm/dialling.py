"""How whole numbers look and are dialled, country by country: what `phonenumbers` knows of it.

`phonenumbers` takes numbers one by one, and tens of microseconds for each. So its metadata are read
once, and made into patterns and a table that whole columns are held against. What is possible is
what its `is_possible_number_with_reason` calls IS_POSSIBLE: by country code and length alone, for
the digits within that are in service change every week. Nothing is longer than E.164 allows.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from include.arm.rules import MAX_DIGITS

ABROAD = "00"
"""What is dialled instead of the plus where no country says otherwise (ITU-T E.164)."""

_HEAD = 4
"""With so many digits a number shows its country code, and whether a zero follows it."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Country:
    """The numbers of one country code; all patterns are regular expressions that RE2 knows.

    lengths: how many digits may follow the code.
    number: the pattern of the digits that follow it, as far as `phonenumbers` knows them.
    national_prefix: what is dialled before them within the country; None where nothing is.
    international_prefix: the pattern of what is dialled there instead of the plus.
    """

    code: str
    lengths: tuple[int, ...]
    number: str
    national_prefix: str | None
    international_prefix: str

    @property
    def begins_with_zero(self) -> bool:
        """Whether a zero after the code may belong to the number, as in Italy."""
        return self.national_prefix != "0"


@cache
def country(code: str) -> Country:
    """What `phonenumbers` says of a code, as of its main country where several share it."""
    region = phonenumbers.region_code_for_country_code(int(code))
    known = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    if known is None or known.general_desc is None:
        raise ValueError(f"no country has the code {code}")
    lengths = known.general_desc.possible_length
    return Country(
        code=code,
        lengths=tuple(length for length in lengths if len(code) + length <= MAX_DIGITS),
        number=known.general_desc.national_number_pattern or "",
        national_prefix=known.national_prefix,
        international_prefix=known.international_prefix or ABROAD,
    )


@cache
def ways(
    code: str | None, national_prefix: str | None, international_prefix: str | None
) -> tuple[tuple[str, str], ...]:
    """The ways to dial a whole number without its plus: a pattern, and what to put for it.

    They are to be tried in this order, until one gives a possible number. None means a prefix as
    the country of the code has it, or no way at all where it has none.
    """
    if code is None:
        return ((rf"^{international_prefix or ABROAD}", "+"),)
    home = country(code)
    found = [(rf"^(?:{international_prefix or home.international_prefix})", "+")]
    national = home.national_prefix if national_prefix is None else national_prefix
    if national == "":
        # Without a prefix, 3931234567 is a number in Italy, not 31234567 behind Italy's code.
        found.append((rf"^({home.number})$", rf"+{code}\1"))
    found.append((rf"^{code}", f"+{code}"))
    if national is not None:
        found.append((rf"^{national}", f"+{code}"))
    return tuple(found)


def possible(numbers: pa.Array) -> Mask:
    """Which of the numbers are whole ones, `+` and digits, that some country can have."""
    long = pc.greater(pc.binary_length(numbers), _HEAD)
    whole = pc.and_(pc.starts_with(numbers, "+"), long).fill_null(False)
    known = numbers.filter(whole)
    heads = pc.utf8_slice_codeunits(known, 1, 1 + _HEAD).cast(pa.int16()).to_numpy()
    digits = pc.binary_length(known).to_numpy() - 1
    result = np.zeros(len(numbers), dtype=np.bool_)
    result[whole.to_numpy(zero_copy_only=False)] = _table()[
        heads, np.minimum(digits, MAX_DIGITS + 1)
    ]
    return result


@cache
def _table() -> Mask:
    """Whether there can be a number of so many digits that begins with such four of them."""
    table = np.zeros((10**_HEAD, MAX_DIGITS + 2), dtype=np.bool_)
    for calling_code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        home = country(str(calling_code))
        after = 10 ** (_HEAD - len(home.code))
        first = calling_code * after
        begin = first if home.begins_with_zero else first + after // 10
        table[begin : first + after, [len(home.code) + length for length in home.lengths]] = True
    return table
